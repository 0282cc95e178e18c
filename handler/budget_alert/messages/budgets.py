"""A budget that has reached a threshold."""

from budget_alert.alerts import BudgetAlert, OfBudget, Reason, Standing
from budget_alert.messages import outlooks, standings
from budget_alert.messages.pace import early, is_over, pace
from budget_alert.messages.parts import Section, note, trend
from budget_alert.messages.plain import label
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import begin, points

CONFIG = "of the budget in the config."


def section(alert: BudgetAlert) -> Section:
    """Tell where a budget stands and why that is said now; what a new rule already passed is one line."""
    standing = alert.standing
    if alert.reason is Reason.ALREADY:
        return Section(
            headline=_headline(alert, standing), heading=label(alert), facts=(_already(alert, standing),)
        )
    return Section(
        headline=_headline(alert, standing),
        heading=label(alert),
        gauges=(standings.gauge(standing, decimals(alert)),),
        trend=trend(standing.daily),
        facts=_facts(alert, standing),
        movers=standings.drivers(standing),
        advice=_todo(standing),
        note=note(alert),
    )


def as_written(threshold: str) -> str:
    """Give a threshold of the config as messages write it: 80 % for "80%"."""
    return f"{threshold.removesuffix('%')} %" if threshold.endswith("%") else threshold


def spelled(threshold: str, threshold_points: int | None) -> str:
    """Give a threshold as messages write it, the points of a share beside it: 80 % (800,000 points)."""
    known = threshold_points is not None and threshold.endswith("%")
    return as_written(threshold) + (f" ({points(threshold_points or 0)})" if known else "")


def decimals(alert: OfBudget) -> int:
    """Count the decimals of an alert's threshold: fewer percent would contradict one like 99.5 %."""
    share, is_share, _ = alert.threshold.partition("%")
    return len(share.partition(".")[2]) if is_share else 0


def upcoming(standing: Standing) -> str:
    """Say at which threshold the budget is told next; empty where it has passed them all."""
    if standing.next_threshold is None:
        return ""
    return spelled(standing.next_threshold, standing.next_points)


def _headline(alert: BudgetAlert, standing: Standing) -> str:
    of = f"{standings.full(standing, decimals(alert))} of your {standings.budget(standing)}"
    if is_over(standing, alert.counted_at) and alert.reason is Reason.CROSSED:
        return begin(f"{of} was used by {day_and_time(standing.window.end, alert.zone)}")
    used = f"{of} is used"
    if alert.reason is Reason.ALREADY:
        return f"New or changed: {used} already"
    words = used + early(standing, alert.counted_at)
    return f"Reminder: {words}" if alert.reason is Reason.REPEATED else begin(words)


def _facts(alert: BudgetAlert, standing: Standing) -> tuple[str, ...]:
    return (
        begin(standings.spent(standing)),
        standings.left(standing),
        *pace(standing, alert.counted_at),
        *outlooks.in_full(standing, alert.zone, decimals(alert)),
        *_threshold(alert, standing),
        standings.window(standing, alert.zone),
    )


def _threshold(alert: BudgetAlert, standing: Standing) -> tuple[str, ...]:
    words = spelled(alert.threshold, alert.threshold_points)
    following = upcoming(standing)
    after = f"; next alert at {following}" if following else ""
    if alert.reason is Reason.REPEATED:
        return (f"Said again because it still holds: the threshold of {words} is passed{after}",)
    return (f"Reached the threshold of {words}{after}",)


def _already(alert: BudgetAlert, standing: Standing) -> str:
    used = standings.full(standing, decimals(alert))
    return begin(f"{used} used, {standings.spent(standing)}; what it has passed already is not told again")


def _todo(standing: Standing) -> tuple[str, ...]:
    bot = standings.top_bot(standing)
    if standing.points < standing.limit:
        return (f"Look at what {bot} does.", f"If this is expected, raise “points” or “alert_at” {CONFIG}")
    return (
        f"Pause {bot} or move it to a cheaper model.",
        f"Or raise “points” {CONFIG}",
        "Or set its “snooze_until” to a date, to hear nothing more until then.",
    )

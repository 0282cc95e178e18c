"""A budget that has reached a threshold, or will likely reach one before its period is over."""

from budget_alert.alerts import BudgetAlert, ForecastAlert, OfBudget, Reason
from budget_alert.messages.parts import Field, Section, note, trend
from budget_alert.messages.progress import (
    LIKELY,
    as_written,
    at_the_end,
    budget,
    decimals,
    drivers,
    early,
    ends,
    full,
    gauge,
    is_over,
    outlook,
    pace,
    spelled,
    spent,
    sure,
    top_bot,
    upcoming,
    when,
)
from budget_alert.messages.times import day_and_time, roughly
from budget_alert.messages.wording import begin

CONFIG = "of the budget in the config."


def crossed(alert: BudgetAlert) -> Section:
    """Say where a budget stands and why it is sent now; what a new rule has passed already is one line."""
    standing, places = alert.standing, decimals(alert)
    if alert.reason is Reason.ALREADY:
        fact = begin(f"{spent(standing)}; what it has passed already is not sent again")
        return Section(headline=_headline(alert), facts=(fact,))
    return Section(
        headline=_headline(alert),
        outlook=outlook(standing, alert.counted_at, alert.zone),
        gauge=gauge(standing),
        fields=_fields(alert, at_the_end(standing.forecast, standing, alert.zone, places)),
        advice=_advice(alert),
        note=f"{_threshold(alert)}. {note(alert)}",
    )


def _fields(alert: OfBudget, expected: tuple[Field, ...]) -> tuple[Field, ...]:
    standing = alert.standing
    return (*pace(standing, alert.counted_at), *expected, *drivers(standing), *trend(standing.daily))


def _headline(alert: BudgetAlert) -> str:
    standing, reason = alert.standing, alert.reason
    of = f"{full(standing, decimals(alert))} of your {budget(standing)}"
    if is_over(standing, alert.counted_at) and reason is Reason.CROSSED:
        return begin(f"{of} was used by {day_and_time(standing.window.end, alert.zone)}")
    if reason is Reason.ALREADY:
        return f"New or changed: {of} is used already"
    words = f"{of} is used{early(standing, alert.counted_at)}"
    return f"Reminder: {words}" if reason is Reason.REPEATED else begin(words)


def _threshold(alert: BudgetAlert) -> str:
    words, following = spelled(alert.threshold, alert.threshold_points), upcoming(alert.standing)
    after = f"; next alert at {following}" if following else ""
    if alert.reason is Reason.REPEATED:
        return f"Sent again because it still holds: the threshold of {words} is passed{after}"
    if alert.sent_before:
        sent = day_and_time(alert.sent_before, alert.zone)
        return f"Reached the threshold of {words} again: usage had fallen since it was sent on {sent}{after}"
    return f"Reached the threshold of {words}{after}"


def _advice(alert: BudgetAlert) -> tuple[str, ...]:
    bot = top_bot(alert.standing)
    if alert.standing.points < alert.standing.limit:
        return (f"Look at what {bot} does.", f"If this is expected, raise “points” or “alert_at” {CONFIG}")
    return (
        f"Pause {bot} or move it to a cheaper model.",
        f"Or raise “points” {CONFIG}",
        "Or silence it for a while with “poe-budget snooze”.",
    )


def expected(alert: ForecastAlert) -> Section:
    """Say when a threshold will be reached, how sure that is, and what can be done until then."""
    standing, forecast = alert.standing, alert.forecast
    will = "will likely" if forecast.chance >= LIKELY else "may"
    reach = "be gone" if forecast.level == standing.limit else f"reach {as_written(alert.threshold)}"
    left = roughly(standing.window.end - forecast.latest) if forecast.latest else ""
    sooner = f"{left} before {ends(standing, alert.zone)}" if left else ends(standing, alert.zone)
    end = day_and_time(standing.window.end, alert.zone)
    return Section(
        headline=begin(f"your {budget(standing)} {will} {reach} {when(forecast, alert.zone)}"),
        outlook=begin(f"{sooner} ({sure(forecast)})"),
        gauge=gauge(standing),
        fields=_fields(alert, at_the_end(forecast, standing, alert.zone, decimals(alert))),
        advice=(
            f"To make it last until {end}, pause {top_bot(standing)} or move it to a cheaper model.",
            f"If this is expected, raise “points” or “forecast_at” {CONFIG}",
        ),
        note=note(alert),
    )

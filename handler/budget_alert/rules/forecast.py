"""What will likely be reached -> what is notified of it, once until it has become doubtful."""

from datetime import datetime, timedelta
from functools import partial

from budget_alert.alerts import ForecastAlert, Kind, Severity
from budget_alert.config.schema import Threshold
from budget_alert.identity import identity
from budget_alert.instants import DAY, day_of, slot_end
from budget_alert.outlook.foreseen import LIKELY, Forecast
from budget_alert.outlook.past import LEAST_DAYS
from budget_alert.rules.budget import chance_at, rest_at, standing, unforeseen
from budget_alert.rules.decision import NOT_REACHED, Held, Notice, held_by, verdicts_of
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Crossing, Notified
from budget_alert.rules.windows import BudgetWindows

DOUBTFUL = 0.5
FAR = 4


def forecast_notice(evaluation: Evaluation, each: BudgetWindows) -> Notice | None:
    """Notify the highest threshold that the window will likely reach, once until that has become doubtful.

    A quiet tick foretells nothing: what was notified is not read then, though a digest may need the past.
    """
    if not each.rule.forecast_at or evaluation.since is None:
        return None
    now, budget = evaluation.now, each.rule
    before = evaluation.notified.get(each.forecast_key, Notified())
    used = evaluation.points(budget, each.present)
    said = partial(verdicts_of, budget, Kind.FORECAST, each.present, used)
    if budget.value and not before.crossings and _is_far(evaluation, each):
        verdicts = said([(one, _far(used, one), None) for one in budget.forecast_at], None)
        return Notice(each.forecast_key, before, None, verdicts)
    rest = rest_at(evaluation, each, now)
    if rest is None:
        unknown = unforeseen(evaluation, each, now) or Held.UNKNOWN
        verdicts = said([(one, unknown, None) for one in budget.forecast_at], None)
        return Notice(each.forecast_key, before, None, verdicts)
    doubted = before.rearmed_where(
        lambda one: rest.chance(one.points - used) < DOUBTFUL or _was_doubtful(evaluation, each, one), now
    )
    # All crossings are of one window: what rests goes by the quarter hour that is now.
    notified, present = doubted.since(now), slot_end(now)
    chances = [(one, rest.chance(one.points - used)) for one in budget.forecast_at]
    why = [(one, _held(evaluation, each, one, chance, notified), chance) for one, chance in chances]
    likely = [one for one, held, _ in why if held not in NOT_REACHED]
    fresh = [one for one in likely if not notified.covers(one, present)]
    new = [one for one, held, _ in why if held is None]
    if not new and evaluation.outlasts(budget, notified.last):
        new, notified = likely[-1:], notified.notified_again(now) if likely else notified
    notified = notified.with_crossings(
        crossing_of(each, one, now) for one in fresh if new and one.points <= new[-1].points
    )
    if not new:
        return Notice(each.forecast_key, notified, None, said(why, None))
    alert = _alert(evaluation, each, new[-1], rest.forecast(used, new[-1].points))
    return Notice(each.forecast_key, notified, alert, said(why, new[-1]))


def crossing_of(each: BudgetWindows, threshold: Threshold, now: datetime) -> Crossing:
    """Give what is remembered of a threshold that is sent now as likely, or covered by one."""
    end = each.present.end
    rests_until = slot_end(now) + pause(end - each.present.start)
    return Crossing(threshold.points, threshold.share, now, end, rests_until=rests_until)


def pause(length: timedelta) -> timedelta:
    """Give a day, or of a short window a quarter: within hours no forecast is sent again."""
    return DAY if length >= 2 * DAY else length / 4


def _far(used: int, threshold: Threshold) -> Held:
    return Held.REACHED if used >= threshold.points else Held.UNLIKELY


def _is_far(evaluation: Evaluation, each: BudgetWindows) -> bool:
    """Tell that one of many keys or bots spends far too little, without the work of a forecast.

    It does where it lacks four times what it spent in all that is known, or, of a rest that is longer, at
    that pace: nothing like that has happened, and the chance is under a half whatever happened when.
    """
    first, now, usage = day_of(evaluation.past_from), evaluation.now, evaluation.usage_of(each.rule)
    known, rest = now - first, each.present.end - now
    if unforeseen(evaluation, each, now) or known < (LEAST_DAYS + 1) * DAY:
        return False
    used = evaluation.points(each.rule, each.present)
    needed = min((one.points - used for one in each.rule.forecast_at if one.points > used), default=None)
    spent = usage.points(first, day_of(now) + DAY) * max(rest / known, 1)
    return needed is None or needed > FAR * spent


def _held(
    evaluation: Evaluation,
    each: BudgetWindows,
    threshold: Threshold,
    chance: float,
    notified: Notified,
) -> Held | None:
    """Say why a threshold is not sent as likely; None where it is to be."""
    if evaluation.points(each.rule, each.present) >= threshold.points:
        return Held.REACHED
    if chance < LIKELY:
        return Held.UNLIKELY
    snooze = evaluation.snooze(each.rule)
    silent = snooze is not None and snooze.holds_forecast(threshold.points, each.rule.points)
    known = held_by(notified, threshold, slot_end(evaluation.now))
    return known or (Held.SNOOZED if silent else None)


def _was_doubtful(evaluation: Evaluation, each: BudgetWindows, crossing: Crossing) -> bool:
    """Tell whether the chance was small just before the first change since it was notified.

    Then it was smallest: while nothing is spent it falls. A look at before the alert says nothing.
    """
    changed = evaluation.changed_in(each)
    if changed is None or changed < crossing.notified_at:
        return False
    chance = chance_at(evaluation, each, crossing.points, changed)
    return chance is not None and chance < DOUBTFUL


def _alert(
    evaluation: Evaluation, each: BudgetWindows, threshold: Threshold, foreseen: Forecast
) -> ForecastAlert:
    budget, now = each.rule, evaluation.now
    parts = (each.present.start, now, threshold.points, *filter(None, [budget.value]))
    return ForecastAlert(
        id=identity("forecast", budget.fingerprint, *parts),
        rule=budget.name,
        value=budget.value,
        notify=budget.notify,
        severity=Severity.WARNING,
        zone=evaluation.config.timezone,
        counted_at=now,
        standing=standing(evaluation, each, each.present),
        threshold=threshold.text,
        threshold_points=threshold.points,
        forecast=foreseen,
        snoozed=evaluation.snoozed(budget),
    )

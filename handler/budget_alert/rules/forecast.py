"""What will likely be reached -> what is notified of it, once until it has become doubtful."""

from datetime import timedelta

from budget_alert.alerts import ForecastAlert, Severity
from budget_alert.config.schema import Threshold, stands_for_each
from budget_alert.identity import identity
from budget_alert.instants import DAY, day_of, slot_end
from budget_alert.outlook.foreseen import LIKELY, Forecast
from budget_alert.rules.budget import chance_of, expected, standing
from budget_alert.rules.decision import Notice
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Crossing, Notified
from budget_alert.rules.windows import BudgetWindows

DOUBTFUL = 0.5
FAR = 10


def forecast_notices(evaluation: Evaluation, each: BudgetWindows) -> list[Notice]:
    """Notify the highest threshold that the window will likely reach, once until that has become doubtful.

    A quiet tick foretells nothing: what was notified is not read then, though a digest may need the past.
    """
    if not each.budget.forecast_at or evaluation.since is None or stands_for_each(each.budget):
        return []
    now = evaluation.now
    before = evaluation.notified.get(each.forecast_key, Notified())
    if each.budget.value and not before.crossings and _is_far(evaluation, each):
        return []
    if chance_of(evaluation, each, each.budget.points) is None:
        return []
    snooze, budget = evaluation.snooze(each.budget.name), each.budget
    doubted = before.rearmed_where(lambda one: _is_doubtful(evaluation, each, one), now)
    # All crossings are of one window: what rests goes by the quarter hour that is now.
    notified, present = doubted.since(now), slot_end(now)
    likely = [one for one in budget.forecast_at if _is_likely(evaluation, each, one)]
    fresh = [one for one in likely if not notified.covers(one.points, one.share, present)]
    new = [
        one
        for one in fresh
        if not notified.holds(one.points, one.share, present)
        and not (snooze and snooze.holds_forecast(one.points, budget.points))
    ]
    if not new and evaluation.outlasts(budget.name, notified.last):
        new, notified = likely[-1:], notified.notified_again(now) if likely else notified
    notified = notified.with_crossings(
        Crossing(
            points=one.points,
            share=one.share,
            notified_at=now,
            window_end=each.present.end,
            rests_until=present + rest(each.present.end - each.present.start),
        )
        for one in fresh
        if new and one.points <= new[-1].points
    )
    foreseen = expected(evaluation, each, new[-1].points) if new else None
    alert = _alert(evaluation, each, new[-1], foreseen) if foreseen else None
    return [Notice(each.forecast_key, notified, alert)] if alert or notified != before else []


def rest(length: timedelta) -> timedelta:
    """Give a day, or of a short window a quarter: within hours no forecast is sent again."""
    return DAY if length >= 2 * DAY else length / 4


def _is_far(evaluation: Evaluation, each: BudgetWindows) -> bool:
    """Tell that one of many keys or bots spends far too little, without the work of a forecast.

    What comes to ten times the mean has a chance of a tenth at most, whatever the law.
    """
    first, now, usage = day_of(evaluation.past_from), evaluation.now, evaluation.usage_of(each.budget)
    used = evaluation.points(each.budget, each.present)
    needed = min((one.points - used for one in each.budget.forecast_at if one.points > used), default=None)
    spent = usage.points(first, day_of(now) + DAY)
    return needed is None or needed * (now - first) > FAR * spent * (each.present.end - now)


def _is_likely(evaluation: Evaluation, each: BudgetWindows, threshold: Threshold) -> bool:
    chance = chance_of(evaluation, each, threshold.points)
    used = evaluation.points(each.budget, each.present)
    return chance is not None and chance >= LIKELY and used < threshold.points


def _is_doubtful(evaluation: Evaluation, each: BudgetWindows, crossing: Crossing) -> bool:
    """Tell whether the chance is small now, or was just before the first change since it was notified.

    Then it was smallest: while nothing is spent it falls. A look at before the alert says nothing.
    """
    changed = evaluation.changed_in(each)
    looks = [chance_of(evaluation, each, crossing.points)]
    if changed and changed >= crossing.notified_at:
        looks.append(chance_of(evaluation, each, crossing.points, changed))
    return any(chance is not None and chance < DOUBTFUL for chance in looks)


def _alert(
    evaluation: Evaluation, each: BudgetWindows, threshold: Threshold, foreseen: Forecast
) -> ForecastAlert:
    budget, now = each.budget, evaluation.now
    return ForecastAlert(
        id=identity(
            "forecast",
            budget.fingerprint,
            each.present.start,
            now,
            threshold.points,
            *filter(None, [budget.value]),
        ),
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
        snoozed=evaluation.snoozed(budget.name),
    )

"""What will likely be reached -> what is told of it, once until it has become doubtful."""

from datetime import timedelta

from budget_alert.alerts import ForecastAlert, Severity
from budget_alert.config.schema import Threshold
from budget_alert.identity import identity
from budget_alert.instants import DAY, slot_end
from budget_alert.outlook.foreseen import Forecast
from budget_alert.rules.case import Case
from budget_alert.rules.decision import Notice
from budget_alert.rules.foretelling import chance_of, foretold
from budget_alert.rules.notified import Crossing, Notified
from budget_alert.rules.standings import standing_in
from budget_alert.rules.views import View

SPEAKS_AT = 0.8
REARMS_BELOW = 0.5


def forecast_key(view: View) -> str:
    """Name what was foretold of a budget's present window."""
    return view.question.told_key(view.question.present, "forecast")


def forecast_steps(case: Case, view: View) -> list[Notice]:
    """Tell the highest threshold that the window will likely reach, once until that has become doubtful.

    A quiet tick foretells nothing: what was foretold is not read then, though a digest may need the past.
    """
    if not view.budget.forecast_at or case.plan.since is None:
        return []
    if chance_of(case, view, view.budget.points) is None:
        return []
    key, window = forecast_key(view), view.question.present
    before = case.told.get(key, Notified())
    doubted = before.rearmed_where(lambda crossing: _doubtful(case, view, crossing), case.now)
    # All marks are of one window: what rests goes by the quarter hour that is now.
    told, present = doubted.since(case.now), slot_end(case.now)
    likely = [
        level
        for level in view.budget.forecast_at
        if _likely(case, view, level) and not told.covers(level.points, level.share, present)
    ]
    new = [level for level in likely if not told.holds(level.points, level.share, present)]
    told = told.with_crossings(
        Crossing(
            points=level.points,
            share=level.share,
            told_at=case.now,
            window_end=window.end,
            rests_until=present + rest(window.end - window.start),
        )
        for level in likely
        if new and level.points <= new[-1].points
    )
    foreseen = foretold(case, view, new[-1].points) if new else None
    alert = _alert(case, view, new[-1], foreseen) if foreseen else None
    return [Notice(key, told, alert)] if alert or told != before else []


def rest(length: timedelta) -> timedelta:
    """Give a day, or of a short window a quarter: within hours no forecast is told again."""
    return DAY if length >= 2 * DAY else length / 4


def _likely(case: Case, view: View, level: Threshold) -> bool:
    chance = chance_of(case, view, level.points)
    used = view.points(view.question.present)
    return chance is not None and chance >= SPEAKS_AT and used < level.points


def _doubtful(case: Case, view: View, crossing: Crossing) -> bool:
    """Tell whether the chance is small now, or was just before the first change since it was told.

    Then it was smallest: while nothing is spent it falls. A look at before the telling says nothing.
    """
    changed = case.plan.changed_in(view.question)
    since = changed if changed and changed >= crossing.told_at else None
    looks = [
        chance_of(case, view, crossing.points),
        chance_of(case, view, crossing.points, since) if since else None,
    ]
    return any(chance is not None and chance < REARMS_BELOW for chance in looks)


def _alert(case: Case, view: View, level: Threshold, foreseen: Forecast) -> ForecastAlert:
    window = view.question.present
    return ForecastAlert(
        id=identity("forecast", view.budget.fingerprint, window.start, case.now, level.points),
        rule=view.budget.name,
        severity=Severity.WARNING,
        zone=case.config.timezone,
        counted_at=case.now,
        standing=standing_in(case, view, window),
        threshold=level.text,
        threshold_points=level.points,
        forecast=foreseen,
    )

"""Replays a suite: asks forecasters at every instant, and scores what they said."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import timedelta

from budget_alert.rules.forecast import rest
from lab.evaluation.forecasters import Forecaster, forecast, last_seven_days, run_rate
from lab.evaluation.histories import History
from lab.evaluation.scores import Scores
from lab.evaluation.suites import Suite

HOUR = timedelta(hours=1)
FORECASTERS: Mapping[str, Forecaster] = {
    "forecast": forecast,
    "run rate": run_rate,
    "7-day mean": last_seven_days,
}


def replay(suite: Suite, forecasters: Mapping[str, Forecaster] = FORECASTERS) -> dict[str, Scores]:
    """Score each forecaster over all windows and budgets of a suite."""
    levels = suite.levels()
    scores = {name: Scores() for name in forecasters}
    for history, start in suite.windows():
        for name, forecaster in forecasters.items():
            _window(suite, (history, start), levels, forecaster, scores[name])
    return scores


def _window(
    suite: Suite, window: tuple[History, int], levels: list[int], forecaster: Forecaster, scores: Scores
) -> None:
    history, start = window
    end = start + suite.length
    said: dict[int, list[tuple[int, float]]] = {level: [] for level in levels}
    for moment in suite.moments(history, start):
        if moment.used < levels[-1]:
            chance = forecaster(moment)
            for level in levels[bisect_right(levels, moment.used) :]:
                said[level].append((moment.now, chance(level)))
    for level in levels:
        crossed = history.total(start, end) >= level
        crossing = history.crossing(start, end, level) if crossed else None
        scores.add(said[level], crossing, rest(suite.length * HOUR) / HOUR)

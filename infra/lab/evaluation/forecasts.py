"""What is compared: the function's forecast, and two simple ways to tell how a window ends; the scores."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TypeAlias

from budget_alert.outlook.ending import Rest
from budget_alert.outlook.foreseen import LIKELY
from budget_alert.outlook.past import Past
from budget_alert.rules.forecast import DOUBTFUL, pause
from lab.evaluation.histories import SEEN_WHOLE, WEEK, History, Moment, Suite

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
"""When hour 0 is: a Monday."""


Chances: TypeAlias = Callable[[int], float]
"""Takes a level in points, gives the chance that the window ends there or above."""
Forecaster: TypeAlias = Callable[[Moment], Chances]


def forecast(moment: Moment) -> Chances:
    """Foretell as the function does."""
    past = Past(BEGIN + SEEN_WHOLE * HOUR, moment.history.hours[SEEN_WHOLE : moment.now])
    to_come = Rest(past, BEGIN + moment.now * HOUR, BEGIN + moment.end * HOUR)
    used = moment.used
    return lambda level: to_come.chance(level - used)


def run_rate(moment: Moment) -> Chances:
    """Draw a straight line from the window's begin through now: what it reaches is certain, no more is."""
    used, elapsed = moment.used, moment.now - moment.start
    return _certain(used + used / elapsed * (moment.end - moment.now))


def last_seven_days(moment: Moment) -> Chances:
    """Let each day to come be the mean of the last seven, or as many as are known."""
    since = max(moment.now - WEEK, SEEN_WHOLE)
    rate = moment.history.total(since, moment.now) / (moment.now - since)
    return _certain(moment.used + rate * (moment.end - moment.now))


def _certain(end: float) -> Chances:
    return lambda level: 1.0 if end >= level else 0.0


BINS = 10


class Scores:
    """Counts what a forecaster said, budget by budget, and what became of it.

    `chances` and `true` are how many chances there were, and how many came true, by tenths of the scale.

    Brier score: the mean square of chance minus outcome, over all instants at which the level was not
    reached yet; 0 is perfect, and 0.25 is what an even chance always has. An alert is a chance of 80 % or
    more, and again only after one below 50 % and not before a rest is over, as the function tells it.
    """

    def __init__(self) -> None:
        self.chances: Counter[int] = Counter()
        self.true: Counter[int] = Counter()
        self.alerts = self.right = self.crossed = 0
        self._squares = 0.0
        self._leads: list[int] = []

    def add(self, said: list[tuple[int, float]], crossing: int | None, pause: float = 0) -> None:
        """Take a budget in a window: hours with their chances, and the hour of its crossing, None if none.

        The hours are all before the crossing. Without any, there was nothing to foretell. `pause` is for how
        many hours an alert is not sent again.
        """
        alerts = _alerts(said, pause)
        came = crossing is not None
        for _, chance in said:
            tenth = min(int(chance * BINS), BINS - 1)
            self.chances[tenth] += 1
            self.true[tenth] += came
            self._squares += (chance - came) ** 2
        self.alerts += len(alerts)
        if crossing is None or not said:
            return
        self.right += len(alerts)
        self.crossed += 1
        self._leads += [crossing - hour for hour in alerts[:1]]

    @property
    def brier(self) -> float:
        """The Brier score."""
        return self._squares / self.chances.total()

    @property
    def precision(self) -> float | None:
        """The share of the alerts whose window ended at the level or above; None without an alert."""
        return self.right / self.alerts if self.alerts else None

    @property
    def recall(self) -> float | None:
        """The share of the crossings that an alert came before; None without a crossing."""
        return len(self._leads) / self.crossed if self.crossed else None

    @property
    def lead(self) -> float | None:
        """The median of the hours from a window's first alert to its crossing; None without any."""
        return median(self._leads) if self._leads else None


def _alerts(said: list[tuple[int, float]], pause: float) -> list[int]:
    hours: list[int] = []
    armed = True
    for hour, chance in said:
        if chance < DOUBTFUL:
            armed = True
        elif chance >= LIKELY and armed and (not hours or hour > hours[-1] + pause):
            hours.append(hour)
            armed = False
    return hours


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
        scores.add(said[level], crossing, pause(suite.length * HOUR) / HOUR)

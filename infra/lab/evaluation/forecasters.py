"""What is compared: the function's forecast, and two simple ways to tell how a window ends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec

from budget_alert.outlook.forecast import Rest
from budget_alert.outlook.past import Past
from lab.evaluation.histories import HOURS, History

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
"""When hour 0 is: a Monday."""
SEEN_WHOLE = HOURS
"""The first day of a history is left out of every past, as the function leaves it out."""
WEEK = 7 * HOURS


class Moment(msgspec.Struct, frozen=True):
    """The window from hour `start` to hour `end` of a history, as it stands when hour `now` begins."""

    history: History
    start: int
    end: int
    now: int

    @property
    def used(self) -> int:
        """The points of the window so far."""
        return self.history.total(self.start, self.now)


Chances: TypeAlias = Callable[[int], float]
"""Takes a level in points, gives the chance that the window ends there or above."""
Forecaster: TypeAlias = Callable[[Moment], Chances]


def forecast(moment: Moment) -> Chances:
    """Foretell as the function does."""
    past = Past(BEGIN + SEEN_WHOLE * HOUR, moment.history.hours[SEEN_WHOLE : moment.now])
    rest = Rest(past, BEGIN + moment.now * HOUR, BEGIN + moment.end * HOUR)
    used = moment.used
    return lambda level: rest.chance(level - used)


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

"""How the hours to come may go: courses put together from days of the past."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from math import exp

from budget_alert.accounting.usage import HOURS
from budget_alert.instants import DAY
from budget_alert.outlook.draws import REACH, STEPS, WEEK, draws
from budget_alert.outlook.past import HOUR, Past
from budget_alert.outlook.rhythm import Rhythm, rhythm

MOST_DAYS = 56


class Courses:
    """The ways the account may go on from an instant, each as likely as any other.

    A course is a row of past days, each a stretch of 24 hours that ended on the clock time at which the
    past ends: so hours of the day stay in their place. `days` is how many of them there are to draw from.
    """

    def __init__(self, past: Past, now: datetime, end: datetime) -> None:
        late = (now - past.end) % DAY if now > past.end else now - now
        self.begin = now - late
        self.hours = max((end - self.begin) / HOUR, 0.0)
        self._late = late / HOUR
        self._days = _days(past)
        self.days = len(self._days)
        self._totals = [day[-1] for day in self._days]
        self.rhythm = rhythm(self._totals) if any(self._totals) else Rhythm(0.0, 0.0, 0.0, 0.0)
        self._steps = int(self.hours // HOURS)
        self._ways = [self._way(draw.rank < self.rhythm.weekly, draw) for draw in draws()]
        self._skipped = [way[0] for way in self._picked_at(self._late)]

    def points(self, hours: float) -> list[float]:
        """Give what each course brings from now until so many hours after `begin`."""
        whole, part = divmod(hours, HOURS)

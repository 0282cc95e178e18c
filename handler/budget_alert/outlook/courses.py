"""How the hours to come may go: courses put together from days of the past."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from math import ceil, exp
from operator import mul
from statistics import median

from budget_alert.outlook.draws import STEPS, draws
from budget_alert.outlook.past import HOUR, PAST_DAYS, Past
from budget_alert.outlook.rhythm import WEEK, rhythm

HOURS = 24


class Courses:
    """Ways in which an account may go on, each as likely as any other.

    A course is a row of past days. Such a day is a stretch of 24 hours that ended on the clock time at
    which the past ends, so that every hour of it comes again on its own time of day. Hours count from
    `begin`, an instant of that clock time; `hours` is how many there are until `end`, not always whole.
    """

    def __init__(self, past: Past, begin: datetime, end: datetime) -> None:
        self.begin = begin
        self.hours = max((end - begin) / HOUR, 0.0)
        days = _days(past)
        self.rhythm = rhythm([day[-1] for day in days])
        self.days = [_grown(day, self.rhythm.growth * (age + 1)) for age, day in enumerate(days)]
        self._ahead = [exp(self.rhythm.growth * step) for step in range(int(self.hours // HOURS) + 1)]
        self._rows = self._drawn()
        self._sums = self._cumulated()

    def points(self, hours: float) -> list[float]:
        """Give what each course brings until so many hours after `begin`."""
        step = min(int(hours // HOURS), len(self._ahead) - 1)
        part = [_until(day, hours - step * HOURS) * self._ahead[step] for day in self.days]
        return [sums[step] + part[row[step]] for row, sums in zip(self._rows, self._sums, strict=True)]

    def _drawn(self) -> list[tuple[int, ...]]:
        times = ceil(len(self._ahead) / STEPS)
        rows = (
            draw.weekdays if draw.rank < self.rhythm.weekly else draw.days for draw in draws(len(self.days))
        )
        return [row * times for row in rows]

    def _cumulated(self) -> list[list[float]]:
        total = [day[-1] for day in self.days].__getitem__
        return [list(accumulate(map(mul, map(total, row), self._ahead), initial=0.0)) for row in self._rows]


@lru_cache(maxsize=8)
def courses_of(past: Past, begin: datetime, end: datetime) -> Courses:
    """Give the courses of a past; they are kept, for they stay the same until the hour is over."""
    return Courses(past, begin, end)


def _days(past: Past) -> list[list[float]]:
    """Cut the past into its days, newest first; each as its sums from its begin, hour by hour."""
    hours = _filled(_settled(past.points[-PAST_DAYS * HOURS :]))
    starts = range(len(hours) - HOURS, -1, -HOURS)
    days = [list(accumulate(hours[start : start + HOURS], initial=0.0)) for start in starts]
    used = next((age for age in range(len(days), 0, -1) if days[age - 1][-1]), 0)
    # That nothing was used before says little of how it will be from now on: a week of it is enough.
    return days[: max(used, WEEK)]


def _filled(hours: Sequence[float]) -> Sequence[float]:
    """Make the oldest day whole where it was seen in part, by what is usual at the hours that are unknown.

    Were it left out, its hours would come back, and go again, with the time of day at which one asks.
    """
    unknown = -len(hours) % HOURS
    usual = [median(hours[hour - unknown :: HOURS]) for hour in range(HOURS, HOURS + unknown)]
    return [*usual, *hours]


def _settled(hours: Sequence[float]) -> Sequence[float]:
    """Take refunds off the hours before them, so that no hour is negative."""
    if min(hours) >= 0:
        return hours
    settled, owed = [], 0.0
    for points in reversed(hours):
        left = points - owed
        owed = max(-left, 0.0)
        settled.append(max(left, 0.0))
    return settled[::-1]


def _grown(day: list[float], growth: float) -> list[float]:
    factor = exp(growth)
    return [points * factor for points in day] if growth else day


def _until(day: Sequence[float], hours: float) -> float:
    whole = int(hours)
    part = hours - whole
    return day[whole] + part * (day[whole + 1] - day[whole]) if part else day[whole]

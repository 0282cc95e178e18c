"""How the hours to come may go: courses put together from days of the past."""

import math
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from operator import mul
from random import Random
from statistics import median

import msgspec

from budget_alert.outlook.past import HOUR, PAST_DAYS, Past

HOURS, WEEK = 24, 7
COURSES = 128
STEPS = 5 * WEEK
"""Days ahead that are drawn, in whole weeks: a longer course begins again."""
_MEMORY = 20.0
"""Recent days are likelier: the weight of a day halves in so many days."""
_SEED = 1
_GOLDEN = (math.sqrt(5) - 1) / 2
"""Its multiples tell evenly which courses follow the weekdays, by the weight that these have."""
_WEEKLY_FROM = 28
_WEEKLY_PROOF = 2.0
"""Weekdays must differ from each other by more than twice what days of one weekday do (an F-test)."""
_GROWTH_FROM, _GROWTH_UNTIL = 14, 42
_GROWTH_PROOF = 4.0
"""Growth must be twice its own standard error."""
_USUAL_GROWTH = 0.01
_MOST_GROWTH = 0.05
_MOST_LASTING = 0.8


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
        growth = self.rhythm.growth
        by_age = [math.exp(growth * (age + 1)) for age in range(len(days))]
        grown = ([points * by for points in day] for by, day in zip(by_age, days, strict=True))
        self.days = list(grown) if growth else days
        self._ahead = [math.exp(growth * step) for step in range(int(self.hours // HOURS) + 1)]
        times = math.ceil(len(self._ahead) / STEPS)
        self._rows = [
            (weekdays if number * _GOLDEN % 1 < self.rhythm.weekly else any_days) * times
            for number, (any_days, weekdays) in enumerate(_draws(len(self.days)))
        ]
        self._sums: dict[int, list[float]] = {}

    def points(self, hours: float) -> list[float]:
        """Give what each course brings until so many hours after `begin`."""
        step = min(int(hours // HOURS), len(self._ahead) - 1)
        part = [_until(day, hours - step * HOURS) * self._ahead[step] for day in self.days]
        return [whole + part[row[step]] for row, whole in zip(self._rows, self._whole(step), strict=True)]

    def _whole(self, step: int) -> list[float]:
        """Give what the days of each course bring before a step; few of all steps are ever asked about."""
        if step not in self._sums:
            total, ahead = [day[-1] for day in self.days].__getitem__, self._ahead[:step]
            days = [map(total, row[:step]) for row in self._rows]
            self._sums[step] = [sum(map(mul, each, ahead) if self.rhythm.growth else each) for each in days]
        return self._sums[step]


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
    if min(hours, default=0.0) >= 0:
        return hours
    settled, owed = [], 0.0
    for points in reversed(hours):
        left = points - owed
        owed = max(-left, 0.0)
        settled.append(max(left, 0.0))
    return settled[::-1]


def _until(day: Sequence[float], hours: float) -> float:
    whole = int(hours)
    part = hours - whole
    return day[whole] + part * (day[whole + 1] - day[whole]) if part else day[whole]


@lru_cache(maxsize=64)
def _draws(days: int) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Draw COURSES courses from so many days, at least one, each as their ages: 0 is the newest.

    Each has for the days ahead any days, and beside them days of the same weekdays.
    """
    weeks = max(days // WEEK, 1)
    return tuple(
        (
            # A day's weight falls by the same factor from each to the next: so it does in the remainder too.
            tuple(int(age) % days for age in ages),
            tuple(
                (int(age / WEEK) % weeks * WEEK + -(ahead + 1) % WEEK) % days
                for ahead, age in enumerate(ages)
            ),
        )
        for ages in _ages()
    )


@cache
def _ages() -> tuple[tuple[float, ...], ...]:
    """Give for each course the ages of its STEPS days, were the past without end; evenly at each step."""
    chance = Random(_SEED)  # noqa: S311 - the draws must be the same each time; they guard nothing
    ages = [-math.log2((rank + 0.5) / COURSES) * _MEMORY for rank in range(COURSES)]
    steps = [chance.sample(ages, COURSES) for _ in range(STEPS)]
    return tuple(zip(*steps, strict=True))


class Rhythm(msgspec.Struct, frozen=True):
    """What the totals of days show.

    `weekly` is the weight, 0 to 1, of the weekdays' rhythm. `growth` is that of the logarithm per day, as
    far as it is proved. `scatter` is the standard deviation of a day, over the mean; of a day against its
    weekday's mean where there is a rhythm.
    """

    weekly: float = 0.0
    growth: float = 0.0
    scatter: float = 0.0


def rhythm(totals: Sequence[float]) -> Rhythm:
    """Tell the rhythm of days from their totals, newest first, none negative."""
    mean = sum(totals) / len(totals)
    if not mean:
        return Rhythm()
    logs = [math.log(total + mean / 20) for total in totals]
    weekly = _weekly(logs)
    if weekly:
        means = _by_weekday(logs)
        logs = [log - weekly * means[age % WEEK] for age, log in enumerate(logs)]
    return Rhythm(weekly, _growth(logs[:_GROWTH_UNTIL]), _scatter(totals, mean, weekly))


def _by_weekday(values: Sequence[float]) -> list[float]:
    groups = [values[weekday::WEEK] for weekday in range(WEEK)]
    return [sum(group) / len(group) for group in groups]


def _weekly(logs: Sequence[float]) -> float:
    if len(logs) < _WEEKLY_FROM:
        return 0.0
    mean, means = sum(logs) / len(logs), _by_weekday(logs)
    within = _squares([log - means[age % WEEK] for age, log in enumerate(logs)]) / (len(logs) - WEEK)
    between = _squares([means[age % WEEK] - mean for age in range(len(logs))]) / (WEEK - 1)
    return max(0.0, 1 - _WEEKLY_PROOF * within / between) if between else 0.0


def _growth(logs: Sequence[float]) -> float:
    """Give the growth per day: only what is proved, drawn towards what is usual."""
    count = len(logs)
    if count < _GROWTH_FROM:
        return 0.0
    days = [(count - 1) / 2 - age for age in range(count)]
    width, mean = _squares(days), sum(logs) / count
    slope = sum(day * log for day, log in zip(days, logs, strict=True)) / width
    rest = [log - mean - slope * day for day, log in zip(days, logs, strict=True)]
    doubt = _squares(rest) / (count - 2) / width * _lasting(rest)
    if slope * slope <= _GROWTH_PROOF * doubt:
        return 0.0
    proved = 1 - _GROWTH_PROOF * doubt / (slope * slope)
    usual = _USUAL_GROWTH**2 / (_USUAL_GROWTH**2 + doubt)
    return min(max(slope * proved * usual, -_MOST_GROWTH), _MOST_GROWTH)


def _lasting(rest: Sequence[float]) -> float:
    """Tell how many days say as much as one would alone, for high days follow on high ones."""
    squares = _squares(rest)
    together = sum(one * other for one, other in pairwise(rest))
    share = min(max(together / squares, 0.0), _MOST_LASTING) if squares else 0.0
    return (1 + share) / (1 - share)


def _scatter(totals: Sequence[float], mean: float, weekly: float) -> float:
    scatter = math.sqrt(_squares([total / mean - 1 for total in totals]) / len(totals))
    if not weekly:
        return scatter
    means = _by_weekday(totals)
    own = [total / means[age % WEEK] - 1 if means[age % WEEK] else 0.0 for age, total in enumerate(totals)]
    return min(scatter, math.sqrt(_squares(own) / len(own)))


def _squares(values: Sequence[float]) -> float:
    return sum(value * value for value in values)

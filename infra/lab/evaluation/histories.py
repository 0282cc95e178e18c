"""Histories to foretell in, hour by hour, and the windows in them: of real usage, its days anew, made-up."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from random import Random
from statistics import median

import msgspec

from budget_alert.outlook.past import LEAST_DAYS
from budget_alert.rules.budget import LEAST_SHARE
from standins.history import requests_per_hour

HOURS = 24
BLOCKS = (2, 7)
"""So many days that follow on each other stay together when months are made, at least and at most."""

_PROFILE = (3, 2, 2, 2, 2, 3, 5, 8, 14, 18, 20, 20, 16, 18, 20, 20, 18, 14, 10, 8, 7, 6, 4, 3)
_POINTS = 100
_DAYS_DIFFER = 0.2
_HOURS_DIFFER = 0.4
_WEEKDAYS = (1.3, 1.3, 1.3, 1.3, 1.2, 0.3, 0.2)


class History:
    """The points of hours in a row; hour 0 begins a day."""

    def __init__(self, hours: Sequence[int]) -> None:
        self.hours = tuple(map(float, hours))
        self._sums = list(accumulate(hours, initial=0))

    def total(self, start: int, end: int) -> int:
        """Add up the hours from `start` on, before `end`."""
        return self._sums[end] - self._sums[start]

    def crossing(self, start: int, end: int, level: int) -> int:
        """Give the first hour at whose begin the points from `start` on have reached a level, or `end`."""
        return next(hour for hour in range(start, end + 1) if hour == end or self.total(start, hour) >= level)


def real() -> History:
    """Give the month of real usage, a request as a point."""
    return History(requests_per_hour())


def resampled(seed: int, days: int, idle: int = 0) -> History:
    """Make a history of blocks of 2 to 7 days of the real month, in random order and with repetition.

    Before them come so many days on which nothing was used.
    """
    month = requests_per_hour()
    drawn = drawn_days(seed, days)
    used = [requests for day in drawn for requests in month[day * HOURS : (day + 1) * HOURS]]
    return History([0] * (idle * HOURS) + used)


def drawn_days(seed: int, days: int) -> list[int]:
    """Draw so many days of the real month, in blocks of days that follow on each other; 0 is its first."""
    chance = Random(seed)  # noqa: S311 - made-up usage must be the same each time; it guards nothing
    whole = len(requests_per_hour()) // HOURS
    drawn: list[int] = []
    while len(drawn) < days:
        length = chance.randint(*BLOCKS)
        first = chance.randrange(whole - length + 1)
        drawn += range(first, first + length)
    return drawn[:days]


MADE_UP: dict[str, Callable[[int, int], float]] = {
    "Flat": lambda _day, _burst: 1.0,
    "Weekly": lambda day, _burst: _WEEKDAYS[day % len(_WEEKDAYS)],
    "Growing": lambda day, _burst: 1.02**day,
    "One burst": lambda day, burst: 20.0 if day == burst else 1.0,
}
"""How much more than usual is used on a day, where another one is that of a burst: days that differ by chance
alone, busy workdays and quiet weekends from a Monday on, 2 % more each day, and twenty times as much once."""


def made_up(seed: int, days: int, factor: Callable[[int, int], float]) -> History:
    """Make a history whose days differ by a fifth, by chance; a burst is in its second half."""
    burst = Random(seed).randrange(days // 2, days - 7)  # noqa: S311 - as above
    chance = Random(seed)  # noqa: S311 - as above
    hours: list[int] = []
    for day in range(days):
        level = _POINTS * factor(day, burst) * chance.lognormvariate(0, _DAYS_DIFFER)
        hours += [round(level * share * chance.lognormvariate(0, _HOURS_DIFFER)) for share in _PROFILE]
    return History(hours)


SEEN_WHOLE = HOURS
"""The first day of a history is left out of every past, as the function leaves it out."""
WEEK, MONTH = 7 * HOURS, 30 * HOURS
KNOWN = 28 * HOURS
"""Windows of made histories begin after so many hours: they are about a rhythm or a trend being known."""
BUDGETS = tuple(tenth / 10 for tenth in range(6, 19))
"""Levels, over the median of what all windows of a suite end at."""
IDLE_DAYS = 30
"""Before what has just begun."""
SEEDS = range(5000, 5020)
"""No seed of these was used to tune the forecast."""


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


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """Histories of a kind, and windows of `length` hours in them.

    From `first` on a window begins every `every` hours; within it, somebody asks every `asked` hours.
    """

    name: str
    histories: Sequence[History]
    length: int
    first: int
    every: int
    asked: int

    def windows(self) -> Iterator[tuple[History, int]]:
        """Give each window, as its history and the hour of its begin."""
        for history in self.histories:
            for start in range(self.first, len(history.hours) - self.length + 1, self.every):
                yield history, start

    def levels(self) -> list[int]:
        """Give the budgets, lowest first, in points."""
        typical = median(history.total(start, start + self.length) for history, start in self.windows())
        return [max(math.ceil(typical * share), 1) for share in BUDGETS]

    def moments(self, history: History, start: int) -> Iterator[Moment]:
        """Give the instants of a window at which the function would foretell."""
        earliest = max(start + self.length / LEAST_SHARE, SEEN_WHOLE + LEAST_DAYS * HOURS)
        for now in range(start, start + self.length, self.asked):
            if now >= earliest:
                yield Moment(history, start, start + self.length, now)


def suites() -> list[Suite]:
    """Give all that is replayed, the two suites made of the data first.

    Months are of histories made of blocks of days of the data; those just begun were used for the first time
    when the window begins, or in the two weeks before.
    """
    month = {"length": MONTH, "first": KNOWN, "every": 6 * HOURS}
    found = [
        Suite(name="The data, weeks", histories=[real()], length=WEEK, first=0, every=6, asked=1),
        Suite(name="Resampled, months", histories=[resampled(seed, 120) for seed in SEEDS], asked=6, **month),
    ]
    for words, length, days in (("weeks", WEEK, 21), ("months", MONTH, 44)):
        begun = [resampled(seed, days, IDLE_DAYS) for seed in SEEDS]
        name, first = f"Just begun, {words}", IDLE_DAYS * HOURS
        found.append(Suite(name=name, histories=begun, length=length, first=first, every=3 * HOURS, asked=6))
    for name, factor in MADE_UP.items():
        histories = [made_up(seed, 120, factor) for seed in SEEDS[:3]]
        week = {"length": WEEK, "first": KNOWN, "every": 84}
        found.append(Suite(name=f"{name}, weeks", histories=histories, asked=4, **week))
        found.append(Suite(name=f"{name}, months", histories=histories, asked=12, **month))
    return found

"""Histories to foretell in, hour by hour, and the windows in them: of real usage, its days anew, made-up."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from random import Random
from statistics import median
from typing import TypeAlias

import msgspec

from budget_alert.outlook.past import LEAST_DAYS
from budget_alert.rules.budget import LEAST_SHARE
from standins.history import requests_per_hour

HOURS = 24
BLOCKS = (2, 7)
"""So many days that follow on each other stay together when months are made, at least and at most."""

Kind: TypeAlias = "Callable[[int, int], History]"
"""Makes a history from a seed, of so many days."""

_PROFILE = (3, 2, 2, 2, 2, 3, 5, 8, 14, 18, 20, 20, 16, 18, 20, 20, 18, 14, 10, 8, 7, 6, 4, 3)
_POINTS = 100
_DAYS_DIFFER = 0.2
_HOURS_DIFFER = 0.4
_WEEKDAYS = (1.3, 1.3, 1.3, 1.3, 1.2, 0.3, 0.2)
_GROWTH = 1.02
_BURST = 20.0


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


def flat(seed: int, days: int) -> History:
    """Make a history whose days differ from each other by chance only, by a fifth."""
    return _made(seed, days, lambda _: 1.0)


def weekly(seed: int, days: int) -> History:
    """Make a history of busy workdays and quiet weekends; it begins on a Monday."""
    return _made(seed, days, lambda day: _WEEKDAYS[day % len(_WEEKDAYS)])


def growing(seed: int, days: int) -> History:
    """Make a history that grows by 2 % a day."""
    return _made(seed, days, lambda day: _GROWTH**day)


def one_burst(seed: int, days: int) -> History:
    """Make a flat history but for one day, in its second half, of twenty times the points."""
    burst = Random(seed).randrange(days // 2, days - 7)  # noqa: S311 - as above
    return _made(seed, days, lambda day: _BURST if day == burst else 1.0)


def _made(seed: int, days: int, factor: Callable[[int], float]) -> History:
    chance = Random(seed)  # noqa: S311 - as above
    return History(tuple(_hours(chance, factor, days)))


def _hours(chance: Random, factor: Callable[[int], float], days: int) -> Iterator[int]:
    for day in range(days):
        level = _POINTS * factor(day) * chance.lognormvariate(0, _DAYS_DIFFER)
        for share in _PROFILE:
            yield round(level * share * chance.lognormvariate(0, _HOURS_DIFFER))


SEEN_WHOLE = HOURS
"""The first day of a history is left out of every past, as the function leaves it out."""
WEEK, MONTH = 7 * HOURS, 30 * HOURS
KNOWN = 28 * HOURS
"""Windows of made histories begin after so many hours: they are about a rhythm or a trend being known."""
BUDGETS = tuple(tenth / 10 for tenth in range(6, 19))
"""Levels, over the median of what all windows of a suite end at."""
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
    """Give all that is replayed, the two suites made of the data first."""
    made = [
        _made_up(name, kind, length)
        for name, kind in (
            ("Flat", flat),
            ("Weekly", weekly),
            ("Growing", growing),
            ("One burst", one_burst),
        )
        for length in (WEEK, MONTH)
    ]
    return [data(), months(SEEDS), *begun(SEEDS), *made]


def data() -> Suite:
    """Weeks of the data."""
    return Suite(name="The data, weeks", histories=[real()], length=WEEK, first=0, every=6, asked=1)


def months(seeds: Sequence[int]) -> Suite:
    """Months of histories made of blocks of days of the data, one history of four months for each seed."""
    return Suite(
        name="Resampled, months",
        histories=[resampled(seed, 120) for seed in seeds],
        length=MONTH,
        first=KNOWN,
        every=6 * HOURS,
        asked=6,
    )


def begun(seeds: Sequence[int]) -> list[Suite]:
    """Weeks and months in which an account is used for the first time, or was in the two weeks before."""
    idle = 30
    return [
        Suite(
            name=f"Just begun, {words}",
            histories=[resampled(seed, days, idle) for seed in seeds],
            length=length,
            first=idle * HOURS,
            every=3 * HOURS,
            asked=6,
        )
        for words, length, days in (("weeks", WEEK, 21), ("months", MONTH, 44))
    ]


def _made_up(name: str, kind: Kind, length: int) -> Suite:
    words = {WEEK: "weeks", MONTH: "months"}
    return Suite(
        name=f"{name}, {words[length]}",
        histories=[kind(seed, 120) for seed in SEEDS[:3]],
        length=length,
        first=KNOWN,
        every={WEEK: 84, MONTH: 6 * HOURS}[length],
        asked={WEEK: 4, MONTH: 12}[length],
    )

"""Histories to foretell in, hour by hour: real usage, months made of its days, and made-up ones."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import TypeAlias

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


def resampled(seed: int, days: int) -> History:
    """Make a history of blocks of 2 to 7 days of the real month, in random order and with repetition."""
    month = requests_per_hour()
    drawn = drawn_days(seed, days)
    return History([requests for day in drawn for requests in month[day * HOURS : (day + 1) * HOURS]])


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


def begun(history: History, idle: int) -> History:
    """Put so many days before a history on which nothing was used."""
    return History((0,) * (idle * HOURS) + tuple(map(int, history.hours)))


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

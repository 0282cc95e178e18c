"""Which days of the past stand for the days to come: drawn once, the same for every account and instant."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from random import Random

import msgspec

COURSES = 128
STEPS = 32
"""Days ahead that have draws of their own; a longer course repeats them."""
REACH = 512
"""No draw is older, in days; a past is repeated until it is as long."""
WEEK = 7
_MEMORIES = (7.0, 60.0)
_SEED = 1
_GOLDEN = (math.sqrt(5) - 1) / 2

Pick = Callable[[Sequence[float]], tuple[float, ...]]


class Draw(msgspec.Struct, frozen=True):
    """The days one course is made of, as picks from a list of REACH days, newest first.

    `days` picks any days, `weekdays` for each day ahead one of the same weekday. `rank`, in [0, 1), tells
    which of the two it is: a course follows the weekdays where their weight is above it.
    """

    rank: float
    days: Pick
    weekdays: Pick


@cache
def draws() -> tuple[Draw, ...]:
    """Draw the days of COURSES courses.

    Recent days are likelier. How much so nobody can know beforehand: each course has its own memory, in
    which a day's weight halves, of a week to two months.
    """
    chance = Random(_SEED)  # noqa: S311 - the draws must be the same each time; they guard nothing
    memories = [_between(*_MEMORIES, share) for share in _spread(chance)]
    columns = [_spread(chance) for _ in range(STEPS)]
    return tuple(
        _draw(number, memory, shares)
        for number, (memory, shares) in enumerate(zip(memories, zip(*columns, strict=True), strict=True))
    )


def _spread(chance: Random) -> list[float]:
    """Give one share for each course, evenly over (0, 1) and in random order."""
    places = [chance.random() for _ in range(COURSES)]
    return [(rank + 0.5) / COURSES for rank in sorted(range(COURSES), key=places.__getitem__)]


def _between(low: float, high: float, share: float) -> float:
    return low * (high / low) ** share


def _draw(number: int, memory: float, shares: Sequence[float]) -> Draw:
    ages = [-math.log2(share) * memory for share in shares]
    weekdays = [int(age / WEEK) * WEEK + _same_weekday(ahead) for ahead, age in enumerate(ages)]
    return Draw(
        rank=number * _GOLDEN % 1,
        days=itemgetter(*(min(int(age), REACH - 1) for age in ages)),
        weekdays=itemgetter(*(min(place, REACH - WEEK + place % WEEK) for place in weekdays)),
    )


def _same_weekday(ahead: int) -> int:
    return -(ahead + 1) % WEEK

"""Which days of the past stand for the days to come: drawn once, the same for every account."""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from random import Random

import msgspec

COURSES = 128
WEEK = 7
STEPS = 5 * WEEK
"""Days ahead that are drawn, in whole weeks: a longer course begins again."""
_MEMORIES = (7.0, 60.0)
_SEED = 1
_GOLDEN = (math.sqrt(5) - 1) / 2


class Draw(msgspec.Struct, frozen=True):
    """The days that one course is made of, as their ages: 0 is the newest.

    `weekdays` has for each day ahead a day of the same weekday, `days` has any. `rank`, from 0 to 1, tells
    which of them a course follows: the weekdays where their weight is above it.
    """

    rank: float
    days: tuple[int, ...]
    weekdays: tuple[int, ...]


@lru_cache(maxsize=64)
def draws(days: int) -> tuple[Draw, ...]:
    """Draw COURSES courses from so many days, at least one.

    Recent days are likelier. How much so nobody can know beforehand, so each course has a memory of its
    own, from a week to two months, in which the weight of a day halves.
    """
    return tuple(
        Draw(number * _GOLDEN % 1, _of_any_day(ages, days), _of_weekdays(ages, days))
        for number, ages in enumerate(_ages())
    )


def _of_any_day(ages: Sequence[float], days: int) -> tuple[int, ...]:
    # A day's weight falls by the same factor from each to the next: so it does in the remainder too.
    return tuple(int(age) % days for age in ages)


def _of_weekdays(ages: Sequence[float], days: int) -> tuple[int, ...]:
    weeks = max(days // WEEK, 1)
    return tuple(
        (int(age / WEEK) % weeks * WEEK + -(ahead + 1) % WEEK) % days for ahead, age in enumerate(ages)
    )


@cache
def _ages() -> tuple[tuple[float, ...], ...]:
    """Give for each course the ages of its STEPS days, were the past without end."""
    chance = Random(_SEED)  # noqa: S311 - the draws must be the same each time; they guard nothing
    low, high = _MEMORIES
    memories = [low * (high / low) ** share for share in _spread(chance)]
    steps = zip(*(_spread(chance) for _ in range(STEPS)), strict=True)
    return tuple(
        tuple(-math.log2(share) * memory for share in shares)
        for memory, shares in zip(memories, steps, strict=True)
    )


def _spread(chance: Random) -> list[float]:
    """Give each course a share, evenly over (0, 1) and in random order."""
    places = [chance.random() for _ in range(COURSES)]
    return [(rank + 0.5) / COURSES for rank in sorted(range(COURSES), key=places.__getitem__)]

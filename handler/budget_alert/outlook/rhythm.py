"""What days have in common: the weekly rhythm, steady growth, and how far they scatter."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

WEEK = 7
_WEEKLY_FROM = 28
_WEEKLY_PROOF = 2.0
"""Weekdays must differ from each other by more than twice what days of one weekday do (an F-test)."""
_GROWTH_FROM = 14
GROWTH_DAYS = 42
"""Growth is looked for in so many of the newest days."""
_GROWTH_PROOF = 4.0
"""Growth must be twice its own standard error."""
_USUAL_GROWTH = 0.01
_MOST_GROWTH = 0.05
_MOST_LASTING = 0.8


class Rhythm(msgspec.Struct, frozen=True):
    """What the totals of days show.

    `weekly` is the weight, 0 to 1, of the weekdays' rhythm. `growth` is that of the logarithm per day, as
    far as it is proved, and `growth_error` how far it may be wrong. `scatter` is the standard deviation of
    a day, over the mean; of a day against its weekday's mean where there is a rhythm.
    """

    weekly: float
    growth: float
    growth_error: float
    scatter: float


def rhythm(totals: Sequence[float]) -> Rhythm:
    """Tell the rhythm of days from their totals, newest first, none negative."""
    mean = sum(totals) / len(totals)
    if not mean:
        return Rhythm(0.0, 0.0, 0.0, 0.0)
    logs = [math.log(total + mean / 20) for total in totals]
    weekly = _weekly(logs)
    if weekly > 0:
        means = _by_weekday(logs)
        logs = [log - weekly * means[age % WEEK] for age, log in enumerate(logs)]
    growth, error = _growth(logs[:GROWTH_DAYS])
    return Rhythm(weekly, growth, error, _scatter(totals, mean, weekly))


def _by_weekday(values: Sequence[float]) -> list[float]:
    groups = [values[weekday::WEEK] for weekday in range(WEEK)]
    return [sum(group) / len(group) for group in groups]


def _weekly(logs: Sequence[float]) -> float:
    if len(logs) < _WEEKLY_FROM:
        return 0.0
    mean, means = sum(logs) / len(logs), _by_weekday(logs)
    own = [log - means[age % WEEK] for age, log in enumerate(logs)]
    within = _squares(own) / (len(logs) - WEEK)
    apart = [means[age % WEEK] - mean for age in range(len(logs))]
    between = _squares(apart) / (WEEK - 1)
    return max(0.0, 1 - _WEEKLY_PROOF * within / between) if between else 0.0


def _growth(logs: Sequence[float]) -> tuple[float, float]:
    """Give the growth per day and its standard error; only what is proved, drawn towards what is usual."""
    count = len(logs)
    if count < _GROWTH_FROM:
        return 0.0, 0.0
    days = [(count - 1) / 2 - age for age in range(count)]
    width = _squares(days)
    slope = sum(day * log for day, log in zip(days, logs, strict=True)) / width
    mean = sum(logs) / count
    rest = [log - mean - slope * day for day, log in zip(days, logs, strict=True)]
    doubt = _squares(rest) / (count - 2) / width * _lasting(rest)
    if slope * slope <= _GROWTH_PROOF * doubt:
        return 0.0, 0.0
    proved = 1 - _GROWTH_PROOF * doubt / (slope * slope)
    usual = _USUAL_GROWTH**2 / (_USUAL_GROWTH**2 + doubt)
    growth = min(max(slope * proved * usual, -_MOST_GROWTH), _MOST_GROWTH)
    return growth, math.sqrt(doubt * proved * usual)


def _lasting(rest: Sequence[float]) -> float:
    """Tell how many days say as much as one would alone, for high days follow on high ones."""
    squares = _squares(rest)
    if not squares:
        return 1.0
    together = sum(one * other for one, other in pairwise(rest))
    share = min(max(together / squares, 0.0), _MOST_LASTING)
    return (1 + share) / (1 - share)


def _scatter(totals: Sequence[float], mean: float, weekly: float) -> float:
    plain = [total / mean - 1 for total in totals]
    scatter = math.sqrt(_squares(plain) / len(plain))
    if not weekly:
        return scatter
    means = _by_weekday(totals)
    own = [total / means[age % WEEK] - 1 if means[age % WEEK] else 0.0 for age, total in enumerate(totals)]
    return min(scatter, math.sqrt(_squares(own) / len(own)))


def _squares(values: Sequence[float]) -> float:
    return sum(value * value for value in values)

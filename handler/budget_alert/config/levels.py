"""`alert_at` or `forecast_at` + the budget's points -> Levels."""

import math
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise

from budget_alert.config.schema import Threshold
from budget_alert.config.spelling import shown
from budget_alert.config.tables import Table
from budget_alert.config.values import MOST_POINTS, share
from budget_alert.errors import ConfigError

_USUAL = ("80%", "100%")
_LARGEST_SHARE = 100
_LIKE_PERCENT = range(5, 201)
"""Such a number of points, below a hundredth of the limit, is hardly meant; 1 is: tell me of anything."""


def alert_thresholds(table: Table, limit: int) -> tuple[Threshold, ...]:
    """Turn `alert_at` into Levels that ascend by points, each with other points; mistakes go to the table.

    `limit` is the budget's points. Without `alert_at` they are 80% and 100%, or only the latter where
    the limit is so small that both are the same number of points.
    """
    given = _levels(table, "alert_at", limit, 'leave it out for ["80%", "100%"]')
    usual = {level.points: level for level in (_level(share, limit) for share in _USUAL)}
    return given or tuple(usual.values())


def forecast_thresholds(table: Table, limit: int) -> tuple[Threshold, ...]:
    """Turn `forecast_at` into Levels as `alert_levels` does; without it there are none."""
    return _levels(table, "forecast_at", limit, "leave it out for no forecast")


def _levels(table: Table, key: str, limit: int, absent: str) -> tuple[Threshold, ...]:
    given = table.each(key, partial(_level, limit=limit, doubts=table.doubts), absent)
    levels = tuple(sorted(given, key=lambda level: level.points))
    for lower, upper in pairwise(levels):
        if lower.points == upper.points:
            same = "come to the same number of points; remove one of them"
            table.mistake(key, f"{lower.text} and {upper.text} {same}")
    return levels


def _level(value: object, limit: int, *, doubts: bool = True) -> Threshold:
    if type(value) is int and 1 <= value <= MOST_POINTS:
        if doubts:
            _doubt(value, limit)
        return Threshold(value, Fraction(value, limit), _points_in_words(value))
    part = share(value)
    if isinstance(value, str) and 0 < part <= _LARGEST_SHARE:
        return Threshold(math.ceil(limit * part), part, value)
    right = 'a share in quotes, like "80%", up to "10000%", or a whole number of points, like 800_000'
    raise ConfigError(f"{shown(value)} is not a threshold; write {right}")


def _doubt(number: int, limit: int) -> None:
    """Ask about a number of points that looks like a share; raises ConfigError.

    Whoever does mean so few points can say so by a share, which nobody mistakes.
    """
    # The largest limit may stand in for one that is wrong itself, beside which nothing is small.
    if number not in _LIKE_PERCENT or number * 100 >= limit or limit == MOST_POINTS:
        return
    few = _points_in_words(number)
    share = f"{Decimal(10**8 * number // limit).scaleb(-6).normalize():f}"
    exact = math.ceil(limit * Fraction(share) / 100) == number
    otherwise = f' For {few} of {limit:,} write "{share}%"' if exact else ""
    raise ConfigError(f'{few}; did you mean "{number}%"?{otherwise}')


def _points_in_words(number: int) -> str:
    return f"{number:,} point{'s' if number > 1 else ''}"

"""`alert_at` and `forecast_at`: shares of a budget's points, or plain points."""

import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import msgspec

from budget_alert.config.kinds import MOST_POINTS, POINTS, SHARE, Beside, Kind, share
from budget_alert.errors import ConfigError

USUAL = ("80%", "100%")
_LARGEST_SHARE = 100
_LIKE_PERCENT = range(5, 201)
"""Such a number of points, below a hundredth of the limit, is hardly meant; 1 is: tell me of anything."""


class Threshold(msgspec.Struct, frozen=True):
    """A threshold of a budget: its points, its share of the limit, and the words for it.

    `text` is the share as the config spells it ("80%"), or the points ("800,000 points").
    """

    points: int
    share: Fraction
    text: str


def _threshold(value: object, beside: Beside) -> Threshold | None:
    """Read a share of the budget's points, or plain points.

    Where the limit itself is wrong, one stands in that is so large that no two shares seem equal beside it.
    """
    limit = beside.values.get("points") or MOST_POINTS
    if type(value) is int and 1 <= value <= MOST_POINTS:
        if beside.doubts:
            _doubt(value, limit)
        return Threshold(value, Fraction(value, limit), _points_in_words(value))
    part = share(value, Fraction(0), _LARGEST_SHARE)
    return Threshold(math.ceil(limit * part), part, str(value)) if part else None


def _doubt(number: int, limit: int) -> None:
    """Ask about a number of points that looks like a share; raises ConfigError.

    Whoever does mean so few points can say so by a share, which nobody mistakes.
    """
    if number not in _LIKE_PERCENT or number * 100 >= limit or limit == MOST_POINTS:
        return
    few = _points_in_words(number)
    share = f"{Decimal(10**8 * number // limit).scaleb(-6).normalize():f}"
    exact = math.ceil(limit * Fraction(share) / 100) == number
    otherwise = f' For {few} of {limit:,} write "{share}%"' if exact else ""
    raise ConfigError(f'{few}; did you mean "{number}%"?{otherwise}')


def _points_in_words(number: int) -> str:
    return f"{number:,} point{'s' if number > 1 else ''}"


def _ascending(found: list[Threshold]) -> tuple[Threshold, ...]:
    thresholds = tuple(sorted(found, key=lambda threshold: threshold.points))
    same = "come to the same number of points; remove one of them"
    equal = [pair for pair in pairwise(thresholds) if pair[0].points == pair[1].points]
    if equal:
        raise ConfigError(*(f"{lower.text} and {upper.text} {same}" for lower, upper in equal))
    return thresholds


def usual(beside: Beside) -> tuple[Threshold, ...]:
    """Give 80% and 100% of the budget's points, or only the latter where both are the same number of them."""
    found = [THRESHOLD.value(share, beside) for share in USUAL]
    return tuple({threshold.points: threshold for threshold in found}.values())


THRESHOLD = Kind(
    read=_threshold,
    schema={"anyOf": [{"type": "string", "pattern": f"^{SHARE}$"}, POINTS.schema]},
    wrong="is not a threshold",
    right='write a share in quotes, like "80%", up to "10000%", or a whole number of points, like 800_000',
    beside=True,
    gather=_ascending,
)

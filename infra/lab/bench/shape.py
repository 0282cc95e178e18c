"""How a cost grows: flat, or as a power of what it grows with."""

from collections.abc import Sequence
from math import log
from statistics import linear_regression

import msgspec

FLAT = 1.3
"""A cost that at its end is no more than so many times that at its begin is flat."""
LEAST_GROWTH = 0.05
"""Of the whole growth, so much must be seen at a place for it to say something of the shape."""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick costs as one thing grows: milliseconds of CPU, and calls to DynamoDB."""

    name: str
    sizes: tuple[int, ...]
    milliseconds: tuple[float, ...]
    calls: tuple[int, ...]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Fit the power with which the cost above that at the first size grows; 0 for a flat curve.

    Below 1 it is less than linear, 1 is linear, 2 quadratic.
    """
    if costs[-1] <= FLAT * costs[0]:
        return 0.0
    whole = costs[-1] - costs[0]
    grown = [
        (log(size - sizes[0]), log(cost - costs[0]))
        for size, cost in zip(sizes, costs, strict=True)
        if size > sizes[0] and cost - costs[0] >= LEAST_GROWTH * whole
    ]
    # Where the last place alone has grown, the cost leaps there; the one before it bounds how steeply.
    if len(grown) == 1:
        return (log(whole) - log(LEAST_GROWTH * whole)) / (log(sizes[-1]) - log(sizes[-2]))
    return linear_regression([size for size, _ in grown], [cost for _, cost in grown]).slope


def words(power: float) -> str:
    """Name a shape."""
    return f"grows with the power {power:.2f}" if power else "flat"

"""Numbers that people like to read."""

import math

ROUND = (1, 2, 3, 4, 5, 7, 15, 25)


def up(points: float) -> int:
    """Give the least number of two digits and zeros, or of one, that is not below some points; 1 at least."""
    least = max(math.ceil(points), 1)
    size: int = 10 ** max(len(str(least)) - 2, 0)
    return -(-least // size) * size


def ladder(low: int, high: int) -> list[int]:
    """Give round numbers from `low` to `high`, each at most twice the one before."""
    sizes = (10**zeros for zeros in range(len(str(high))))
    return sorted(number for size in sizes for digits in ROUND if low <= (number := digits * size) <= high)

"""Numbers that people like to read."""

import math
from collections.abc import Iterable, Iterator

ROUND = (1, 2, 3, 4, 5, 7, 15, 25)


def up(points: float) -> int:
    """Give the least number of two digits and zeros, or of one, that is not below some points; 1 at least."""
    least = max(math.ceil(points), 1)
    size: int = 10 ** max(len(str(least)) - 2, 0)
    return -(-least // size) * size


def ladder(low: int, high: int) -> list[int]:
    """Give round numbers from `low` to `high`, each at most twice the one before."""
    return sorted(number for number in _beginning_with(ROUND, high) if number >= low)


def of_digits(digits: int, low: int, high: int) -> Iterator[int]:
    """Give the numbers from `low` to `high` that are so many digits and zeros, at the most."""
    begin = 10 ** (digits - 1)
    for number in _beginning_with(range(1, 10 * begin), high):
        if number >= low:
            yield number


def roundness(number: int) -> int:
    """Tell how round a number is: 0 where 1, 2 or 5 stands before its zeros, else its digits before those."""
    digits = str(number).rstrip("0")
    return 0 if digits in {"1", "2", "5"} else len(digits)


def _beginning_with(digits: Iterable[int], high: int) -> Iterator[int]:
    digits, size = tuple(digits), 1
    while size <= high:
        yield from (number * size for number in digits if number * size <= high)
        size *= 10

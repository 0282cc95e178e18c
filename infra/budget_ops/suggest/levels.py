"""Which level of a rule speaks as often as wanted."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from budget_ops.suggest.rounding import of_digits, roundness

DIGITS, MOST_DIGITS = 2, 3
COARSE = 1
"""How far off two digits may be before three are taken."""


def rarely_enough(alerts: Mapping[int, int], most: float) -> int:
    """Give the lowest of some levels that spoke at most so often, else the highest; `alerts` is how often."""
    quiet = [level for level in sorted(alerts) if alerts[level] <= most]
    return quiet[0] if quiet else max(alerts)


def reached(totals: Sequence[int], times: int) -> int:
    """Give a round limit that about so many of the totals reach; 1 at the least.

    It is the roundest of those that are reached about as often, and as far from the totals around it as can
    be. It has two digits before its zeros, or three where totals lie so close that two are too coarse.
    """
    ranked = sorted(max(total, 1) for total in totals)
    high = 2 * ranked[-1]
    limits = {each for digits in (DIGITS, MOST_DIGITS) for each in of_digits(digits, 1, high)}

    def unfit(limit: int) -> tuple[int, int, float]:
        place = bisect_left(ranked, limit)
        off = abs(len(ranked) - place - times)
        around = (ranked[place - 1] if place else 1, ranked[place] if place < len(ranked) else high)
        coarse = COARSE + 1 if roundness(limit) > DIGITS else 0
        return off + coarse, roundness(limit), abs(math.log(limit**2 / around[0] / around[1]))

    return min(sorted(limits), key=unfit)

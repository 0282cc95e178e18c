"""Numbers that people like to read, and the text of a config that they make."""

import math
from collections.abc import Iterable
from itertools import chain
from typing import Literal

import msgspec

ROUND = (1, 2, 3, 4, 5, 7, 15, 25)
BUDGET = '[[budget]]\nname = "{}"\npoints = {:_}\nperiod = "{}"\nalert_at = ["100%"]'
MONTH = (
    '[[budget]]\nname = "{}"\npoints = {:_}\nperiod = "month"\n'
    'alert_at = ["80%", "100%"]\nforecast_at = ["100%"]'
)
SPIKE = '[[spike]]\nname = "{}"\nwindow = "1h"\ntimes = {}\nat_least = {:_}'
QUERY = '[[query]]\nname = "Expensive query"\npoints = {:_}'

Span = Literal["day", "week"]
Spike = tuple[int, int]
"""At least so many points, and so many times the usual."""


def up(points: float) -> int:
    """Give the least number of two digits and zeros, or of one, that is not below some points; 1 at least."""
    least = max(math.ceil(points), 1)
    size: int = 10 ** max(len(str(least)) - 2, 0)
    return -(-least // size) * size


def ladder(low: int, high: int) -> list[int]:
    """Give round numbers from `low` to `high`, each at most twice the one before."""
    sizes = (10**zeros for zeros in range(len(str(high))))
    return sorted(number for size in sizes for digits in ROUND if low <= (number := digits * size) <= high)


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What to suggest, in points: what a month may take, what a `span`, an hour, and a query.

    Where `query` is 0 there is no rule for queries.
    """

    zone: str
    month: int
    span: Span
    often: int
    spike: int
    times: int = 4
    query: int = 0

    def text(self, comment: Iterable[str] = ()) -> str:
        """Write it as a config; each line of the comment becomes one of the config."""
        lines = "\n".join(f"# {line}".rstrip() for line in comment)
        rules = [
            MONTH.format("Everything", self.month),
            BUDGET.format(f"A heavy {self.span}", self.often, self.span),
            SPIKE.format("Sudden burst", self.times, self.spike),
        ]
        if self.query:
            rules.append(QUERY.format(self.query))
        return _config(self.zone, rules, lines)


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """What to try: points of a month, of a `span`, and spikes."""

    months: tuple[int, ...]
    span: Span
    spans: tuple[int, ...]
    spikes: tuple[Spike, ...]

    def text(self, zone: str) -> str:
        """Write a config that tries all at once; each rule is called after its numbers."""
        rules = chain(
            (MONTH.format(f"month {points}", points) for points in self.months),
            (BUDGET.format(f"{self.span} {points}", points, self.span) for points in self.spans),
            (SPIKE.format(f"spike {points} {times}", times, points) for points, times in self.spikes),
        )
        return _config(zone, rules)


def _config(zone: str, rules: Iterable[str], comment: str = "") -> str:
    return "\n\n".join(filter(None, [comment, f'timezone = "{zone}"', *rules])) + "\n"

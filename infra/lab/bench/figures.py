"""Ratios of two things measured in one run, and how far they spread."""

from collections.abc import Callable, Sequence
from statistics import median

import msgspec

ROUNDING = 1e-9


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Ours against another thing, both in `unit`.

    `ratio` is that of the medians; `low` and `high` are the smallest and the largest ratio of two that were
    measured right after each other. `bound` is the largest ratio that is promised, None where none is.
    """

    part: str
    name: str
    unit: str
    ours: float
    other: float
    ratio: float
    low: float
    high: float
    bound: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells figures apart."""
        return self.part, self.name

    @property
    def holds(self) -> bool:
        """Whether the ratio is within its bound."""
        return self.bound is None or self.ratio <= self.bound + ROUNDING


def figure(
    part: str, name: str, unit: str, series: Sequence[Sequence[float]], bound: float | None = None
) -> Figure:
    """Compare two series of repetitions, ours first: its first with the first of the other, and so on."""
    ours, other = series
    ratios = [one / two for one, two in zip(ours, other, strict=True)]
    return Figure(
        part=part,
        name=name,
        unit=unit,
        ours=median(ours),
        other=median(other),
        ratio=median(ours) / median(other),
        low=min(ratios),
        high=max(ratios),
        bound=bound,
    )


def in_turns(times: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Measure each in turn, so often; what slows the machine down meanwhile slows all of them."""
    rounds = [[measure() for measure in measures] for _ in range(times)]
    return [list(each) for each in zip(*rounds, strict=True)]

"""What was measured, as ratios of two things measured in one run; and what was kept of it in a file."""

import os
import platform
import re
from collections.abc import Callable, Iterator, Sequence
from math import log
from pathlib import Path
from statistics import linear_regression, median

import msgspec

ROOT = Path(__file__).parents[3]
KEPT = ROOT / "infra" / "measured.json"
MOST_CALLS, MOST_TO_DYNAMODB = 6, 3
"""Of a quiet tick; one that asks for the balance makes one call more."""
LINEAR = 1.15
"""The largest exponent that still counts as linear."""
FLAT = 1.3
"""A cost that at its end is no more than so many times that at its begin is flat."""
LEAST_GROWTH = 0.05
"""Of the whole growth, so much must be seen at a place for it to say something of the shape."""
_ROUNDING = 1e-9


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Ours against another thing, both in `unit`.

    `ratio` is that of the medians; `low` and `high` are the smallest and the largest ratio of two that were
    measured right after each other. `bound` is the largest ratio that is promised.
    """

    name: str
    unit: str
    ours: float
    other: float
    ratio: float
    low: float
    high: float
    bound: float


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick costs as one thing grows: milliseconds of CPU, and calls to DynamoDB."""

    name: str
    sizes: tuple[int, ...]
    milliseconds: tuple[float, ...]
    calls: tuple[int, ...]


class Import(msgspec.Struct, frozen=True):
    """Milliseconds that importing a group of modules takes, what each imports itself not included."""

    group: str
    modules: int
    milliseconds: float


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, with the machine and the day they were measured on; what was not measured is empty."""

    machine: str = ""
    date: str = ""
    figures: tuple[Figure, ...] = ()
    calls: dict[str, tuple[str, ...]] = {}
    imports: tuple[Import, ...] = ()
    curves: tuple[Curve, ...] = ()

    def find(self, name: str) -> Figure | None:
        """Find a figure; None where it was not measured."""
        return next((one for one in self.figures if one.name == name), None)

    def over(self, older: "Measured") -> "Measured":
        """Keep of an older measurement the parts that this one left out."""
        return msgspec.structs.replace(
            self,
            figures=(*self.figures, *(one for one in older.figures if not self.find(one.name))),
            calls=self.calls or older.calls,
            imports=self.imports or older.imports,
            curves=self.curves or older.curves,
        )

    def broken(self) -> Iterator[str]:
        """Say what is above its bound."""
        for figure in self.figures:
            if figure.ratio > figure.bound + _ROUNDING:
                yield f"{figure.name}: {figure.ratio:.2f} is above {figure.bound:.2f}"
        for name, calls in self.calls.items():
            most = MOST_CALLS + sum("balance" in call for call in calls)
            if len(calls) > most or sum(call.startswith("DynamoDB") for call in calls) > MOST_TO_DYNAMODB:
                yield f"a quiet tick with {name}: {', '.join(calls)} are too many calls"
        for curve in self.curves:
            if max(exponent(curve.sizes, curve.milliseconds), exponent(curve.sizes, curve.calls)) > LINEAR:
                yield f"a tick over {curve.name} grows faster than a line"


def kept(file: Path = KEPT) -> Measured:
    """Read what was kept; empty where there is no file."""
    return msgspec.json.decode(file.read_bytes(), type=Measured) if file.exists() else Measured()


def keep(measured: Measured, file: Path = KEPT) -> None:
    """Write it down."""
    text = msgspec.json.format(msgspec.json.encode(measured), indent=2).decode()
    file.write_text(text + "\n", encoding="utf-8")


def figure(
    name: str, unit: str, series: Sequence[Sequence[float]], bound: float, factor: float = 1
) -> Figure:
    """Compare two series of repetitions, ours first: its first with the first of the other, and so on."""
    ours, other = ([value * factor for value in one] for one in series)
    ratios = [one / two for one, two in zip(ours, other, strict=True)]
    return Figure(
        name=name,
        unit=unit,
        ours=median(ours),
        other=median(other),
        ratio=median(ours) / median(other),
        low=min(ratios),
        high=max(ratios),
        bound=bound,
    )


def in_turns(times: int, clock: Callable[[], float], *works: Callable[[], object]) -> list[list[float]]:
    """Time each work in turn, so often; what slows the machine down meanwhile slows all of them."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, each in zip(works, spent, strict=True):
            begun = clock()
            work()
            each.append(clock() - begun)
    return spent


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
    return f"power {power:.2f}" if power else "flat"


def this_machine() -> str:
    """Describe this machine: its processor, how many of its cores there are, and the version of Python."""
    info = Path("/proc/cpuinfo")
    known = info.read_text(encoding="utf-8") if info.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", known, re.MULTILINE)
    cpu = found[1].strip() if found else platform.machine()
    return f"{cpu}, {os.cpu_count() or 1} cores, Python {platform.python_version()}"

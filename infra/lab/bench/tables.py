"""What was measured, as tables for a terminal and for the README."""

from collections.abc import Iterable, Mapping, Sequence

from lab.bench.figures import Figure
from lab.bench.imports import Import
from lab.bench.measured import Measured, verdict
from lab.bench.shape import Curve, exponent, words
from lab.evaluation.tables import NOTHING, Sheet

MOST_IMPORTS = 20


def figures(found: Iterable[Figure], before: Measured | None, machine: str) -> Sheet:
    """Set each figure beside its bound, and beside what was measured before."""
    heads = ("Figure", "Ours", "Other", "Ratio", "Spread", "Bound", "Beside measured.json")
    return Sheet(f"On {machine}", heads, [[*ratio(one), verdict(one, before)] for one in found])


def ratio(one: Figure) -> list[str]:
    """Give the cells of a figure."""
    bound = NOTHING if one.bound is None else f"{one.bound:.2f}"
    spread = f"{one.low:.2f} to {one.high:.2f}"
    return [
        one.name,
        _value(one.ours, one.unit),
        _value(one.other, one.unit),
        f"{one.ratio:.2f}",
        spread,
        bound,
    ]


def imports(found: Sequence[Import]) -> Sheet:
    """List what imports cost, the dearest groups first."""
    heads = ("Imported", "Modules", "ms with bytecode", "ms without")
    rows = [
        [one.group, str(one.modules), f"{one.milliseconds:.1f}", f"{one.uncompiled:.1f}"]
        for one in found[:MOST_IMPORTS]
    ]
    return Sheet("Imports of a cold start", heads, rows)


def calls(lists: Mapping[str, Sequence[str]]) -> Sheet:
    """List the calls of a quiet tick, config by config."""
    rows = [
        [name, str(place), call] for name, each in lists.items() for place, call in enumerate(each, start=1)
    ]
    return Sheet("Calls of a quiet tick", ("Config", "No.", "Call"), rows)


def growth(curves: Iterable[Curve]) -> Sheet:
    """Say how ticks grow: their CPU time and their calls from the first size to the last."""
    heads = ("Over", "From", "To", "ms of CPU", "Shape", "DynamoDB calls", "Shape of these")
    return Sheet("Growth of a tick", heads, [_grown(curve) for curve in curves])


def _grown(curve: Curve) -> list[str]:
    return [
        curve.name,
        f"{curve.sizes[0]:,}",
        f"{curve.sizes[-1]:,}",
        f"{curve.milliseconds[0]:.0f} to {curve.milliseconds[-1]:.0f}",
        words(exponent(curve.sizes, curve.milliseconds)),
        f"{curve.calls[0]} to {curve.calls[-1]}",
        words(exponent(curve.sizes, curve.calls)),
    ]


def _value(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 or value == int(value) else f"{value:.2f} {unit}"  # noqa: PLR2004 - three digits

"""Measures what a tick costs, and compares it with infra/measured.json: python -m lab.bench.

Exit status 0 where every bound holds, 1 where one is broken, 2 for wrong use.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest

import msgspec
from rich.console import Console

from lab.bench import cold, growth
from lab.bench.measured import ROOT, Figure, Measured, exponent, keep, kept, this_machine, words
from lab.charts.__main__ import growth as drawn
from lab.tables import NOTHING, Sheet, show

PICTURE = ROOT / "infra" / "pictures" / "growth.svg"
PARTS: dict[str, Callable[[], dict[str, object]]] = {
    "calls": lambda: {"calls": cold.calls()},
    "cold": lambda: {"figures": tuple(cold.measured())},
    "growth": lambda: {"curves": tuple(growth.curves())},
    "imports": lambda: {"imports": tuple(cold.imports())},
    "memory": lambda: {"figures": tuple(growth.memory())},
    "scan": lambda: {"figures": tuple(growth.scans())},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables, and return the exit status; wrong arguments end the process with status 2."""
    options = _parser().parse_args(arguments)
    progress, before = Console(stderr=True), kept()
    measured = Measured(machine=this_machine(), date=f"{datetime.now(UTC):%Y-%m-%d}")
    for name in options.only or PARTS:
        with progress.status(f"Measuring: {name}"):
            found = msgspec.convert(PARTS[name](), Measured)
        measured = measured.over(found)
    on = f"Measured on {measured.date} ({measured.machine})."
    show([on, *sheets(measured, before), *measured.broken()])
    if options.write:
        measured = measured.over(before)
        keep(measured)
        PICTURE.write_text(drawn(measured.curves), encoding="utf-8")
    return 1 if any(measured.broken()) else 0


def sheets(measured: Measured, before: Measured) -> Iterator[Sheet]:
    """Give the tables of a measurement; where there is another one before, with the ratios of that."""
    found = (_figures(measured, before), _growth(measured), _calls(measured), _imports(measured))
    yield from (sheet for sheet in found if sheet.rows)


def _figures(measured: Measured, before: Measured) -> Sheet:
    is_first = before is measured
    rows = [
        [
            one.name,
            _value(one.ours, one.unit),
            _value(one.other, one.unit),
            f"{one.ratio:.2f}",
            f"{one.low:.2f} to {one.high:.2f}" if is_first else _ratio(before.find(one.name)),
            f"{one.bound:.2f}",
        ]
        for one in measured.figures
    ]
    heads = ("Figure", "Ours", "Other", "Ratio", "Spread" if is_first else "Before", "Bound")
    return Sheet("Each ratio is of two things measured in turns, in one run", heads, rows)


def _ratio(figure: Figure | None) -> str:
    return f"{figure.ratio:.2f}" if figure else NOTHING


def _growth(measured: Measured) -> Sheet:
    rows = [
        [
            one.name,
            f"{one.sizes[0]:,} to {one.sizes[-1]:,}",
            f"{one.milliseconds[0]:.0f} to {one.milliseconds[-1]:.0f}",
            words(exponent(one.sizes, one.milliseconds)),
            f"{one.calls[0]} to {one.calls[-1]}",
        ]
        for one in measured.curves
    ]
    return Sheet("Growth of a tick", ("Over", "From and to", "ms of CPU", "Shape", "Calls to DynamoDB"), rows)


def _calls(measured: Measured) -> Sheet:
    each = zip_longest(*measured.calls.values(), fillvalue=NOTHING)
    return Sheet(
        "Calls of a quiet tick", (*(f"With {name}" for name in measured.calls),), [list(row) for row in each]
    )


def _imports(measured: Measured) -> Sheet:
    rows = [[one.group, str(one.modules), f"{one.milliseconds:.1f}"] for one in measured.imports]
    return Sheet("Imports of a cold start", ("Imported", "Modules", "ms"), rows)


def _value(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"  # noqa: PLR2004 - three digits


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be repeated")
    parser.add_argument("--write", action="store_true", help="keep what was measured, and draw the growth")
    return parser


if __name__ == "__main__":
    sys.exit(main())

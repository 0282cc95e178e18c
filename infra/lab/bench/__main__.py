"""Measures what a tick costs, and compares it with infra/measured.json: python -m lab.bench.

Exit status 0 where every bound holds, 1 where one is broken, 2 for wrong use.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console

from lab.bench import calls, cold, growth, imports, memory, scan, tables
from lab.bench.chart import chart
from lab.bench.machine import this_machine
from lab.bench.measured import Measured, broken, read, written
from lab.bench.worlds import ROOT
from lab.evaluation.tables import Sheet

KEPT = ROOT / "infra" / "measured.json"
PICTURE = ROOT / "infra" / "pictures" / "growth.svg"
Dimensions = Callable[[Measured], Measured]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables, and return the exit status; wrong arguments end the process with status 2."""
    options = _parser().parse_args(arguments)
    progress, console = Console(stderr=True), Console(highlight=False)
    measured = Measured(machine=this_machine(), date=f"{datetime.now(UTC):%Y-%m-%d}")
    for name in options.only:
        with progress.status(f"Measuring: {name}"):
            measured = PARTS[name](measured)
    for sheet in sheets(measured, read(options.file)):
        console.print(sheet.drawn())
    if options.write:
        _keep(measured.over(read(options.file)), options.file, options.picture)
    return 1 if broken(measured.figures) else 0


def sheets(measured: Measured, before: Measured | None) -> Iterator[Sheet]:
    """Give what is to be printed of a measurement, beside the one before."""
    made = (
        tables.imports(measured.imports),
        tables.calls(measured.calls),
        tables.growth(measured.curves),
        tables.figures(measured.figures, before, str(measured.machine)),
    )
    yield from (sheet for sheet in made if sheet.rows)


def _cold(measured: Measured) -> Measured:
    return _with(measured, figures=(*measured.figures, *cold.measured()))


def _imports(measured: Measured) -> Measured:
    return _with(measured, imports=tuple(imports.measured()))


def _scan(measured: Measured) -> Measured:
    return _with(measured, figures=(*measured.figures, *scan.measured()))


def _memory(measured: Measured) -> Measured:
    return _with(measured, figures=(*measured.figures, *memory.measured()))


def _growth(measured: Measured) -> Measured:
    curves = tuple(growth.measured())
    return _with(measured, curves=curves, figures=(*measured.figures, *growth.figures(curves)))


def _calls(measured: Measured) -> Measured:
    lists = calls.listed()
    return _with(measured, calls=lists, figures=(*measured.figures, *calls.figures(lists)))


def _with(measured: Measured, **more: object) -> Measured:
    return msgspec.structs.replace(measured, **more)


PARTS: dict[str, Dimensions] = {
    "calls": _calls,
    "cold": _cold,
    "growth": _growth,
    "imports": _imports,
    "memory": _memory,
    "walk": _scan,
}


def _keep(measured: Measured, file: Path, picture: Path) -> None:
    file.write_text(written(measured), encoding="utf-8")
    if measured.curves:
        picture.write_text(chart(measured.curves), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.bench", description=__doc__)
    words = f"parts to measure, by commas, of: {', '.join(PARTS)}"
    parser.add_argument("--only", type=_parts, default=tuple(PARTS), metavar="PARTS", help=words)
    parser.add_argument("--write", action="store_true", help="keep what was measured, and draw the growth")
    parser.add_argument("--file", type=Path, default=KEPT, metavar="FILE", help="where it is kept")
    parser.add_argument("--picture", type=Path, default=PICTURE, metavar="FILE", help="where it is drawn")
    return parser


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if unknown := [part for part in parts if part not in PARTS]:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]!r}: {', '.join(PARTS)}")
    return parts


if __name__ == "__main__":
    sys.exit(main())

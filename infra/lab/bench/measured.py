"""What was measured, kept in a file of the repository; and a new measurement beside it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from lab.bench.figures import Figure
from lab.bench.imports import Import
from lab.bench.machine import Machine
from lab.bench.shape import Curve

BROKEN, APART, WELL = "above its bound", "outside the spread", "within the spread"
NEW = "not measured before"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, with the machine and the day they were measured on; what was not measured is empty."""

    machine: Machine
    date: str
    figures: tuple[Figure, ...] = ()
    calls: dict[str, tuple[str, ...]] = {}
    imports: tuple[Import, ...] = ()
    curves: tuple[Curve, ...] = ()

    def find(self, figure: Figure) -> Figure | None:
        """Find the same figure; None where it was not measured."""
        return next((one for one in self.figures if one.key == figure.key), None)

    def over(self, older: "Measured | None") -> "Measured":
        """Keep of an older measurement the parts that this one left out."""
        if older is None:
            return self
        parts = {figure.part for figure in self.figures}
        kept = tuple(figure for figure in older.figures if figure.part not in parts)
        return msgspec.structs.replace(
            self,
            figures=kept + self.figures,
            calls=self.calls or older.calls,
            imports=self.imports or older.imports,
            curves=self.curves or older.curves,
        )


def verdict(figure: Figure, before: Measured | None) -> str:
    """Say how a new figure lies beside its bound and beside what was measured before."""
    if not figure.holds:
        return BROKEN
    known = before.find(figure) if before else None
    if known is None:
        return NEW
    # Two spreads that overlap: the same thing, as far as these measurements can tell.
    return WELL if figure.low <= known.high and known.low <= figure.high else APART


def broken(figures: Iterable[Figure]) -> list[Figure]:
    """Give the figures above their bounds."""
    return [figure for figure in figures if not figure.holds]


def read(file: Path) -> Measured | None:
    """Read what was measured; None where there is no such file."""
    return msgspec.json.decode(file.read_bytes(), type=Measured) if file.exists() else None


def written(measured: Measured) -> str:
    """Write it down as the text of the file."""
    return msgspec.json.format(msgspec.json.encode(measured), indent=2).decode() + "\n"

"""Compiles the charts of the report to Vega, which the command line carries: `python -m lab.charts`.

It also draws the curves of growth for the docs: CPU time of a tick over each thing that grows.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import vl_convert

from lab.bench.measured import Curve, exponent, words
from poe_budget import rendering

HERE = Path(__file__).parent
COMPILED = Path(rendering.__file__).parent / "templates"
KINDS = ("days", "budget")


def compiled(kind: str) -> str:
    """Give a chart of a page in Vega, as JSON."""
    made: dict[str, Any] = vl_convert.vegalite_to_vega(written("chart") | written(kind))
    del made["$schema"]
    return json.dumps(made, separators=(",", ":"), ensure_ascii=False) + "\n"


def growth(curves: Sequence[Curve]) -> str:
    """Draw a panel for each curve, as a whole SVG file."""
    measured = [
        {
            "curve": f"ms over {curve.name}: {words(exponent(curve.sizes, curve.milliseconds))}",
            "place": place,
            "size": size,
            "milliseconds": milliseconds,
        }
        for place, curve in enumerate(curves)
        for size, milliseconds in zip(curve.sizes, curve.milliseconds, strict=True)
    ]
    drawn: str = vl_convert.vegalite_to_svg(written("growth") | {"datasets": {"measured": measured}})
    return drawn + "\n"


def written(kind: str) -> dict[str, Any]:
    """Read a chart in Vega-Lite."""
    read: dict[str, Any] = json.loads((HERE / f"{kind}.json").read_text(encoding="utf-8"))
    return read


def main() -> int:
    """Write the charts that pages draw; return 0."""
    for kind in KINDS:
        (COMPILED / f"{kind}.json").write_text(compiled(kind), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

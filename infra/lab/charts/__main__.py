"""Compiles the charts of the report to Vega, which the command line carries: `python -m lab.charts`."""

import json
import sys
from pathlib import Path
from typing import Any

import vl_convert

from poe_budget import rendering

HERE = Path(__file__).parent
COMPILED = Path(rendering.__file__).parent / "templates"
KINDS = ("days", "budget")


def compiled(kind: str) -> str:
    """Give a chart of a page in Vega, as JSON."""
    made: dict[str, Any] = vl_convert.vegalite_to_vega(written("chart") | written(kind))
    del made["$schema"]
    return json.dumps(made, separators=(",", ":"), ensure_ascii=False) + "\n"


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

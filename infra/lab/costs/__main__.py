"""Prints what a deployment costs a month: python -m lab.costs.

Calls and bytes are measured anew, which takes some seconds; times and memory are those that were measured
last. What is assumed stands, each with its reason, in `assumed`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lab.costs.deployed import CONFIG
from lab.costs.observed import observed
from lab.costs.sheets import Model, sheets
from lab.costs.timed import timed

_EXAMPLE = Path(__file__).parents[2] / "budgets.toml"


def main(arguments: Sequence[str] | None = None, model: Model | None = None) -> int:
    """Print the tables of a model, or else of a new measurement, and return 0; wrong arguments end with 2."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False)
    for sheet in sheets(model or measured()):
        if options.markdown:
            console.print(sheet.markdown(), markup=False, soft_wrap=True, end="\n\n")
        else:
            console.print(sheet.drawn())
    return 0


def measured() -> Model:
    """Measure what ticks use, with the template's config and with the example's."""
    return Model(
        default=observed(CONFIG), example=observed(_EXAMPLE.read_text(encoding="utf-8")), timed=timed()
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.costs", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the tables of the README")
    return parser


if __name__ == "__main__":
    sys.exit(main())

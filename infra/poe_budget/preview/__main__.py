"""Every kind of message, in the terminal or, with --html, as a page for a browser."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from poe_budget.preview.document import page
from poe_budget.preview.terminal import show


def main(arguments: Sequence[str] | None = None) -> int:
    """Show every kind of message; return 0, or 1 where the page cannot be written.

    Wrong arguments end the process with status 2.
    """
    file = _parser().parse_args(arguments).html
    console = Console(highlight=False)
    if file is None:
        show(console)
        return 0
    try:
        file.write_text(page(), encoding="utf-8")
    except OSError as error:
        console.print(f"The page cannot be written: {error}", style="bold red", markup=False)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m poe_budget.preview", description=__doc__)
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())

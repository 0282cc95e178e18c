"""The demo: the real function over a simulated month, or one tick against the real API.

`make -C infra demo` runs it. With POE_API_KEY set it asks the real API, and tells the real Slack where
SLACK_WEBHOOK_URL is set too; AWS stays inside this process either way.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from budget_alert.errors import BudgetAlertError
from poe_budget.demo_reality import ask_poe
from poe_budget.demo_replay import replay
from standins.ticking import quiet

_BUDGETS = Path(__file__).parent.parent / "budgets.toml"
DAYS, MOST_DAYS = 6, 22


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit status: 0 for success, 1 for a failure.

    Wrong arguments end the process with status 2.
    """
    options = _parser().parse_args(arguments)
    console = Console(highlight=False)
    quiet()
    try:
        if os.environ.get("POE_API_KEY"):
            return ask_poe(console, options.budgets, os.environ)
        return replay(console, options.budgets, options.days)
    except BudgetAlertError as error:
        console.print(f"The tick failed: {error}", style="bold red", markup=False)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m poe_budget.demo", description=__doc__)
    days = range(1, MOST_DAYS + 1)
    parser.add_argument("--days", type=int, default=DAYS, choices=days, metavar="N", help="simulated days")
    parser.add_argument("--budgets", type=_text, default=str(_BUDGETS), metavar="FILE", help="the config")
    return parser


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read: {error}") from None


if __name__ == "__main__":
    sys.exit(main())

"""Runs many simulated accounts through the real function: `make -C infra scale`.

The handler and the ledger are the real ones; AWS, Poe and Slack are stand-ins within this process, the queue
repeats, forgets and disorders, Poe stumbles and refuses keys, invocations are killed, and the time between
two rounds is simulated. At the end all that was counted and sent is compared with plain calculation.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from time import process_time

import msgspec

from lab.scale.checks import Verdict
from lab.scale.limits import limits
from lab.scale.mishaps import USUAL
from lab.scale.report import sheets
from lab.scale.simulation import Simulation
from lab.tables import show

_SHOWN = 50
BACK = 1 / 3
"""Who has left comes back after three rounds on average."""
MOST_ACCOUNTS = 1050
"""So many keys of the simulation's fit into a secret."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a simulation, print what it measured, and return 0 where all agrees and 1 where anything differs.

    Wrong arguments end the process with status 2.
    """
    options = _parser().parse_args(arguments)
    if options.limits:
        show([limits()])
        return 0
    started = process_time()
    share, back = options.churn / 300, BACK if options.churn else 0
    chances = msgspec.structs.replace(USUAL, leaves=share, renamed=share, joins=back)
    run = Simulation(options.accounts, options.rounds, options.seed, chances).run()
    found = Verdict(run)
    show(sheets(run, found, process_time() - started))
    show([*found.differences[:_SHOWN], f"{len(found.differences)} differences from plain calculation."])
    return 1 if found.differences else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.scale", description=__doc__)
    parser.add_argument("--accounts", type=_between(1, MOST_ACCOUNTS), default=1000, metavar="N")
    parser.add_argument("--rounds", type=_between(1, 288), default=24, metavar="N", help="of five minutes")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of histories and mishaps")
    parser.add_argument(
        "--churn", type=float, default=0, metavar="P", help="percent of the accounts that come or go a round"
    )
    parser.add_argument("--limits", action="store_true", help="run nothing, print the limits on paper")
    return parser


def _between(least: int, most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
        return number

    return whole


if __name__ == "__main__":
    sys.exit(main())

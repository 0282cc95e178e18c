"""One invocation for five accounts in a process that has just begun; it prints the points of their sum."""

import sys
from datetime import UTC, datetime

from budget_alert.rounds import ALL, in_turn
from standins.simulated_poe import SimulatedPoe
from tests.support.fast import FastWorld, spend

NOW = datetime(2026, 11, 3, tzinfo=UTC)
CONFIG = """
[[budget]]
name = "Each"
points = 10
period = "day"

[[budget]]
name = "Together"
points = 40
period = "day"
together = true
"""
ACCOUNTS = ("ada", "bob", "cleo", "dan", "eve")
SWITCH_SECONDS = 0.0001
"""So often Python lets another thread go on, if there is one: fifty times as often as it would by itself."""


def main() -> None:
    """Read five accounts for the first time, and sum them."""
    sys.setswitchinterval(SWITCH_SECONDS)
    team = FastWorld({name: SimulatedPoe() for name in ACCOUNTS}, CONFIG, NOW)
    for poe in team.poes.values():
        spend(poe, 10, NOW)
    report = in_turn(team.tools(ALL), ACCOUNTS, None)
    sys.stdout.write(f"{report['points']}\n")


if __name__ == "__main__":
    main()

"""One invocation for five accounts in a process that has just begun; it prints the points of their sum."""

import sys
from datetime import UTC, datetime

from budget_alert.rounds import in_turn
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.support.fast_team import FastTeam

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
    row = Row(creation_time=microseconds(NOW), query_id="q", cost_points=10)
    team = FastTeam({name: SimulatedPoe([row]) for name in ACCOUNTS}, CONFIG, NOW)
    report = in_turn(team, ACCOUNTS, None)  # type: ignore[arg-type]
    sys.stdout.write(f"{report['points']}\n")


if __name__ == "__main__":
    main()

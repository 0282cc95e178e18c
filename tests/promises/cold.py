"""First invocations for five accounts, each in a process that has run none before; they print their sums."""

import sys
from datetime import UTC, datetime
from multiprocessing import get_context

from budget_alert.rounds import ALL, in_turn
from standins.simulated_poe import SimulatedPoe
from tests.support.configs import table
from tests.support.fast import FastWorld, spend

NOW = datetime(2026, 11, 3, tzinfo=UTC)
CONFIG = table("budget", name="Each", points=10, period="day") + table(
    "budget", name="Together", points=40, period="day", together=True
)
ACCOUNTS = ("ada", "bob", "cleo", "dan", "eve")
SWITCH_SECONDS = 0.0001
"""So often Python lets another thread go on, if there is one: fifty times as often as it would by itself."""


def invocation() -> None:
    """Read five accounts for the first time, and sum them."""
    sys.setswitchinterval(SWITCH_SECONDS)
    world = FastWorld({name: SimulatedPoe() for name in ACCOUNTS}, CONFIG, NOW)
    for poe in world.poes.values():
        spend(poe, 10, NOW)
    report = in_turn(world.tools(ALL), ACCOUNTS, None)
    sys.stdout.write(f"{report['points']}\n")


def main(processes: int) -> None:
    """Run so many of them: what is imported is shared, and nothing else is there yet."""
    for _ in range(processes):
        process = get_context("fork").Process(target=invocation)
        process.start()
        process.join()
        assert process.exitcode == 0, process.exitcode


if __name__ == "__main__":
    main(int(sys.argv[1]))

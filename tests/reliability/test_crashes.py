"""A scripted history, killed at every call to the outside: nothing is lost, and all totals are right."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from budget_alert.messages.alerts import Alert, Kind
from budget_ops.poe_account import PoeAccount
from budget_ops.poe_store import Row, microseconds
from budget_ops.simulated_poe import SimulatedPoe
from tests.fast import FastWorld, Killed

BEGIN = datetime(2026, 11, 3, 23, 40, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
CONFIG = """
[[budget]]
name = "Day"
points = 100
period = "day"
alert_at = ["50%", "100%"]

[[budget]]
name = "Rolling"
points = 150
period = "24h"
alert_at = ["100%"]

[[query]]
name = "Dear query"
points = 100

[[balance]]
name = "Nearly dry"
below = 870
"""
SPENT = ((5, 60), (12, 45), (18, 5), (25, 120), (33, 1))
"""Minutes after BEGIN, and points: over midnight, so that days are written in two transactions."""
README = Path(__file__).parents[2] / "README.md"
TICKS = 4
QUIET_TICKS = 2
NEAR = 30
"""About the gates of a tick: kills further apart meet a tick that ran through in between."""
Told = tuple[str, str, datetime | None, int | None]


def world() -> FastWorld:
    """Make an account that will spend SPENT."""
    rows = [
        Row(creation_time=microseconds(BEGIN + timedelta(minutes=at)), query_id=f"q{at}", cost_points=points)
        for at, points in SPENT
    ]
    return FastWorld(SimulatedPoe(rows, account=PoeAccount(points=1_000)), CONFIG, BEGIN)


def run(kill_at: Iterable[int]) -> tuple[FastWorld, list[str]]:
    """Run the history, kill the tick at these gates, run on without; give the gates' names too."""
    running = world()
    killed: list[str] = []
    deadly = set(kill_at)

    def kill(number: int, name: str) -> None:
        if number in deadly:
            killed.append(name)
            raise Killed

    running.gate.at = kill
    for number in range(TICKS + QUIET_TICKS):
        if number == TICKS:
            running.gate.at = lambda _number, _name: None
        ticked(running)
        running.now += TEN_MINUTES
    return running, killed


def ticked(running: FastWorld) -> None:
    """Run a tick, be it killed."""
    try:
        running.tick(pages=20)
    except Killed:
        return


def identity(alert: Alert) -> Told:
    """Tell alerts apart as their readers do."""
    window = alert.standing.window.start if alert.standing else None
    return alert.kind, alert.rule, window, alert.threshold_points


def check(running: FastWorld, killed: list[str]) -> None:
    """See that totals are right, that nothing is missing, and that repetitions have their reason."""
    assert running.slot_points() == sum(points for _, points in SPENT)
    days = {
        key: int(item["points"]["N"]) for key, item in running.table.items.items() if key.startswith("day#")
    }
    assert days == {"day#2026-11-03": 110, "day#2026-11-04": 121}
    for channel in (running.slack, running.sns):
        told = Counter(identity(alert) for alert in channel.told)
        assert owed(channel.told) <= set(told)
        if not any(name == "after send" or "accepted" in name for name in killed):
            assert max(told.values()) == 1
    assert not any(key.startswith("alert#") and _waits(item) for key, item in running.table.items.items())


def owed(alerts: list[Alert]) -> set[Told]:
    """Give what must have been told: what was passed after the welcome, which tells of all before."""
    welcomed_at = min(alert.counted_at for alert in alerts if alert.kind is Kind.WELCOME)
    reached = {
        ("budget", "Day", datetime(2026, 11, 3, tzinfo=UTC), 100): BEGIN + timedelta(minutes=12),
        ("budget", "Day", datetime(2026, 11, 4, tzinfo=UTC), 100): BEGIN + timedelta(minutes=25),
        ("query", "Dear query", None, 100): BEGIN + timedelta(minutes=25),
    }
    # What is left is told whenever it is found, be it by the first tick.
    low: Told = ("balance", "Nearly dry", None, 870)
    return {low, *(told for told, at in reached.items() if welcomed_at < at)}


def _waits(item: dict[str, dict[str, list[str]]]) -> bool:
    return set(item["owed"]["SS"]) != set(item.get("accepted", {}).get("SS", ()))


def gates() -> int:
    """Count the gates of a run in which nothing is killed."""
    running, _ = run(())
    check(running, [])
    counted = world()
    for _ in range(TICKS):
        ticked(counted)
        counted.now += TEN_MINUTES
    return counted.gate.passed


def test_a_tick_killed_anywhere_loses_nothing(record_property: Callable[[str, object], None]) -> None:
    """Before and after every outside call of the history, one kill: all totals right, no alert missing."""
    points = gates()
    for point in range(1, points + 1):
        check(*run([point]))
    record_property("kill points", points)


@pytest.mark.parametrize("half", [0, 1])
def test_two_kills_anywhere_lose_nothing(half: int, record_property: Callable[[str, object], None]) -> None:
    """For every pair of kill points in one tick or in two that follow each other, the same."""
    near = range(1, gates() + 1)
    pairs = [pair for pair in combinations(near, 2) if pair[1] - pair[0] <= NEAR and sum(pair) % 2 == half]
    for pair in pairs:
        check(*run(pair))
    record_property("pairs of kill points", len(pairs))


def test_the_readme_says_how_many_cases_are_tried() -> None:
    """The numbers that the README promises are those of this history."""
    points = gates()
    pairs = sum(min(NEAR, points - point) for point in range(1, points + 1))
    page = " ".join(README.read_text().split())
    assert f"{points:,} kill points" in page
    assert f"{pairs:,} pairs of them" in page


def test_a_second_tick_in_between_anywhere_changes_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    """A whole tick that runs at any instant of another one: all totals right, each alert told once."""
    points = gates()
    for point in range(1, points + 1):
        running = world()

        def overlap(number: int, _name: str, point: int = point, running: FastWorld = running) -> None:
            if number == point:
                running.tick(pages=20)

        running.gate.at = overlap
        for _ in range(TICKS + QUIET_TICKS):
            ticked(running)
            running.now += TEN_MINUTES
        check(running, [])
    record_property("interleavings of two ticks", points)

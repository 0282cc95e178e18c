"""Scripted histories, killed at every call to the outside: nothing is lost, and all totals are right."""

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest

from budget_alert.identity import TOGETHER
from tests.promises.scripted import (
    QUIET_TICKS,
    TICKS,
    check,
    check_team,
    gates,
    gates_of,
    go_on,
    run,
    team,
    world,
)
from tests.support.fast_team import FastTeam

PAGE = Path(__file__).parents[2] / "infra" / "docs" / "reliability.md"
NEAR = 30
"""About the gates of a tick: kills further apart meet a tick that ran through in between."""
FEW_TICKS = 3
A_MOMENT = timedelta(seconds=10)
"""Less than the lease on a channel lasts: no tick outlives its own."""
Record = Callable[[str, object], None]


def test_a_tick_killed_anywhere_loses_nothing(record_property: Record) -> None:
    """Before and after every outside call of the history, one kill: all totals right, no alert missing."""
    points = gates(world())
    for point in range(points + 1):
        running = world()
        check(running, run(running, [point]))
    record_property("kill points", points)


@pytest.mark.parametrize("half", [0, 1])
def test_two_kills_anywhere_lose_nothing(half: int, record_property: Record) -> None:
    """For every pair of kill points in one tick or in two that follow each other, the same."""
    near = range(1, gates(world()) + 1)
    pairs = [pair for pair in combinations(near, 2) if pair[1] - pair[0] <= NEAR and sum(pair) % 2 == half]
    for pair in pairs:
        running = world()
        check(running, run(running, pair))
    record_property("pairs of kill points", len(pairs))


def test_the_page_says_how_many_cases_are_tried() -> None:
    """The numbers that the page promises are those of this history."""
    points = gates(world())
    pairs = sum(min(NEAR, points - point) for point in range(1, points + 1))
    page = " ".join(PAGE.read_text().split())
    assert f"{points:,} kill points" in page
    assert f"{pairs:,} pairs of them" in page


def test_a_second_tick_in_between_anywhere_changes_nothing(record_property: Record) -> None:
    """A whole tick that runs at any instant of another one: all totals right, each alert sent once."""
    points = gates(world())
    for point in range(1, points + 1):
        running = world()
        running.gate.at = lambda number, _name, point=point, running=running: (  # type: ignore[misc]
            running.tick(pages=20) if number == point else None
        )
        go_on(running, TICKS + QUIET_TICKS)
        check(running, [])
    record_property("interleavings of two ticks", points)


@pytest.mark.parametrize("account", ["ada", TOGETHER])
def test_of_several_accounts_a_tick_killed_anywhere_loses_nothing(
    account: str, record_property: Record
) -> None:
    """One kill of an account's tick, or of the one that sums them: each total right, and so is the sum."""
    points = gates_of(account)
    for point in points:
        running = team()
        check_team(running, run(running, [point], QUIET_TICKS - 1))
    record_property(f"kill points of {account}", len(points))


@pytest.mark.parametrize(("outer", "inner"), [("ada", TOGETHER), (TOGETHER, "ada"), (TOGETHER, TOGETHER)])
def test_of_several_accounts_a_tick_in_between_anywhere_changes_nothing(
    outer: str, inner: str, record_property: Record
) -> None:
    """One's whole tick at any instant of another's: each total right, and so is the sum; each sent once."""
    points = gates_of(outer, "ada", "bob", rounds=FEW_TICKS)
    for point in points:
        running = team("ada", "bob")

        def overlap(number: int, _name: str, point: int = point, running: FastTeam = running) -> None:
            if number == point:
                running.now += A_MOMENT
                running.tick(inner)

        running.gate.at = overlap
        go_on(running, TICKS + 1)
        check_team(running, [])
    record_property(f"interleavings of {outer} and {inner}", len(points))

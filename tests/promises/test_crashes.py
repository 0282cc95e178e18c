"""Scripted histories, killed at every call to the outside: nothing is lost, and all totals are right."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from budget_alert.identity import TOGETHER
from standins.memory_aws import Killed
from tests.promises.scripted import (
    QUIET_TICKS,
    TICKS,
    check,
    check_team,
    excuses,
    rounds,
    team,
    world,
)
from tests.promises.searching import Record, Search
from tests.support.fast import FastWorld

PAGE = Path(__file__).parents[2] / "infra" / "docs" / "reliability.md"
NEAR = 45
"""About the gates of a tick and a half: kills further apart meet a tick that ran through in between."""
FEW_TICKS = 3
A_MOMENT = timedelta(seconds=10)
"""Less than the lease on a channel lasts: no tick outlives its own."""


def killed(_: object) -> None:
    """End the tick."""
    raise Killed


def killings(times: int) -> Search:
    """Kill the ticks of one account so many times, in every way."""
    return Search(
        world(),
        rounds(TICKS + QUIET_TICKS),
        killed,
        check,
        exposed=TICKS,
        times=times,
        near=NEAR,
        matter=excuses,
    )


def test_a_tick_killed_anywhere_loses_nothing(record_property: Record) -> None:
    """Before and after every outside call of the history, one kill: all totals right, no alert missing."""
    points = killings(1).cases()
    assert f"{points:,} kill points" in page()
    record_property("kill points", points)


def test_two_kills_anywhere_lose_nothing(record_property: Record) -> None:
    """For every pair of kill points in one tick or in two that follow each other, the same."""
    pairs = killings(2).cases()
    assert f"{pairs:,} pairs of them" in page()
    record_property("pairs of kill points", pairs)


def page() -> str:
    """Give the page that says how many cases are tried."""
    return " ".join(PAGE.read_text().split())


def test_a_second_tick_in_between_anywhere_changes_nothing(record_property: Record) -> None:
    """A whole tick that runs at any instant of another one: all totals right, each alert sent once."""
    points = Search(world(), rounds(TICKS + QUIET_TICKS), FastWorld.tick, check, exposed=TICKS).cases()
    record_property("interleavings of two ticks", points)


def ticked_for(*accounts: str) -> Callable[[FastWorld], bool]:
    """Tell whether the tick that runs is that of one of these accounts; "" is the schedule's first."""
    return lambda running: running.ticking in accounts


@pytest.mark.parametrize("account", ["ada", TOGETHER])
def test_of_several_accounts_a_tick_killed_anywhere_loses_nothing(
    account: str, record_property: Record
) -> None:
    """One kill of an account's tick, or of the one that sums them: each total right, and so is the sum."""
    points = Search(
        team(),
        rounds(TICKS + QUIET_TICKS - 1),
        killed,
        check_team,
        exposed=TICKS,
        chosen=ticked_for(account, ""),
        matter=excuses,
    ).cases()
    record_property(f"kill points of {account}", points)


@pytest.mark.parametrize(("outer", "inner"), [("ada", TOGETHER), (TOGETHER, "ada"), (TOGETHER, TOGETHER)])
def test_of_several_accounts_a_tick_in_between_anywhere_changes_nothing(
    outer: str, inner: str, record_property: Record
) -> None:
    """One's whole tick at any instant of another's: each total right, and so is the sum; each sent once."""

    def overlap(running: FastWorld) -> None:
        running.now += A_MOMENT
        running.serve(inner)

    points = Search(
        team("ada", "bob"),
        rounds(TICKS + 1),
        overlap,
        check_team,
        exposed=FEW_TICKS,
        chosen=ticked_for(outer, ""),
    ).cases()
    record_property(f"interleavings of {outer} and {inner}", points)

"""Accounts that join, leave or have much to read: the sum of all is that of those that there are."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from budget_alert.identity import TOGETHER
from budget_alert.instants import SLOT
from budget_ops.poe_store import Row, microseconds
from budget_ops.simulated_poe import SimulatedPoe
from tests.fast import Killed
from tests.fast_team import FastTeam
from tests.reliability.scripted import (
    BEGIN,
    CONFIG,
    DAY,
    SPENT_BY,
    TOGETHER_CONFIG,
    check_outbox,
    check_sum,
    go_on,
    poe,
    team,
)

SLOTS, CHUNKS = 250, 3
"""So many quarter hours are written in so many transactions."""


def comings(running: FastTeam) -> None:
    """Let one account join, and then another leave."""
    go_on(running, 1)
    running.join("cleo", poe(SPENT_BY["cleo"]))
    go_on(running, 2)
    del running.poes["bob"]
    go_on(running, 1)


def test_who_joins_and_who_leaves_is_summed_or_not(record_property: Callable[[str, object], None]) -> None:
    """Wherever the tick of all is killed meanwhile, its next one sums those that there are."""
    counted = team("bob")
    of_all: list[int] = []
    counted.gate.at = lambda number, _: of_all.append(number) if counted.ticking == TOGETHER else None
    comings(counted)
    for point in of_all:
        running = team("bob")

        def kill(number: int, _name: str, point: int = point) -> None:
            if number == point:
                raise Killed

        running.gate.at = kill
        comings(running)
        running.gate.at = lambda _number, _name: None
        go_on(running, 1)
        check_sum(running)
        check_outbox(running.table)
    record_property("kill points among comings and goings", len(of_all))


def test_who_leaves_takes_along_what_it_had_spent_before_all_were_summed() -> None:
    """An account that was watched alone for long is as much out of the sum as any other."""
    running = team("ada")
    for _ in range(50):
        running.poes["ada"].add(spent(running, "ada"))
        running.now += DAY
        running.tick("ada")
    running.join("bob", poe(SPENT_BY["bob"]))
    go_on(running, 2)
    check_sum(running)
    del running.poes["ada"]
    go_on(running, 2)
    check_sum(running)


def spent(running: FastTeam, name: str) -> Row:
    """Make a row of now."""
    return Row(creation_time=microseconds(running.now), query_id=f"{name} {running.now}", cost_points=7)


def backlogged() -> FastTeam:
    """Make a team, one of which has much to read."""
    rows = [
        Row(creation_time=microseconds(BEGIN - number * SLOT), query_id=f"q{number}", cost_points=3)
        for number in range(SLOTS)
    ]
    return FastTeam(
        {"ada": SimulatedPoe(rows), "bob": poe(SPENT_BY["bob"])}, CONFIG + TOGETHER_CONFIG, BEGIN, batch=1
    )


@pytest.mark.parametrize("write", range(1, CHUNKS + 1))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_backlog_that_is_half_written_is_half_summed(write: int, when: str) -> None:
    """Where a tick is killed between two chunks, the sum has what is written; and the rest when it is."""
    running = backlogged()
    writes = 0

    def kill(_number: int, name: str) -> None:
        nonlocal writes
        writes += running.ticking == "ada" and name == f"{when} write"
        if writes == write:
            writes += 1
            raise Killed

    running.gate.at = kill
    running.begun()
    running.drained()
    running.tick(TOGETHER)
    check_sum(running)
    assert (len(running.parts(["ada"])) < SLOTS) == (write < CHUNKS or when == "before")
    running.now += timedelta(minutes=10)
    go_on(running, 1)
    check_sum(running)
    assert len(running.parts([TOGETHER])) == SLOTS + 1


def test_the_tick_of_all_between_two_chunks_of_a_backlog() -> None:
    """Whenever it runs, its next one sums what was written since."""
    running = backlogged()
    summed: list[int] = []

    def overlap(_number: int, name: str) -> None:
        if running.ticking == "ada" and name == "after write":
            running.now += timedelta(minutes=1)
            running.tick(TOGETHER)
            check_sum(running)
            summed.append(len(running.parts([TOGETHER])))

    running.gate.at = overlap
    go_on(running, 2)
    check_sum(running)
    assert summed == sorted(summed)
    assert len(set(summed)) == CHUNKS

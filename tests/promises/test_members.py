"""Accounts that join, leave or have much to read: the sum of all is that of those that there are."""

from collections import Counter
from datetime import timedelta

import pytest

from budget_alert.alerts import HealthAlert
from budget_alert.errors import ChannelError
from budget_alert.identity import TOGETHER
from budget_alert.instants import SLOT
from budget_alert.ledger.items import body_of
from budget_alert.usage.roster import Roster
from standins.memory_aws import Killed
from standins.simulated_poe import SimulatedPoe
from tests.promises.scripted import (
    BEGIN,
    DAY,
    MIDNIGHT,
    SPENT_BY,
    check_outbox,
    check_sum,
    go_on,
    identity,
    poe,
    rounds,
    team,
)
from tests.promises.searching import Record, Search
from tests.support.fast import FastWorld, spend

SLOTS, CHUNKS = 250, 3
"""So many quarter hours are written in so many transactions."""


def away() -> None:
    """Take no message."""
    raise ChannelError("away")


def join(running: FastWorld) -> None:
    """Let an account join."""
    running.join("cleo", poe(SPENT_BY["cleo"]))
    go_on(running)


def wait(running: FastWorld) -> None:
    """Let what there is to say wait for Slack."""
    running.slack.fails = away
    go_on(running)
    running.slack.fails = lambda: None


def leave(running: FastWorld) -> None:
    """Let one account be renamed, and another leave while an alert of it waits for Slack."""
    running.rename("cleo", "cleopatra")
    del running.poes["ada"]
    go_on(running)


COMINGS = (go_on, join, wait, leave)


def of_all(running: FastWorld) -> bool:
    """Tell whether the tick that runs is that of all."""
    return running.ticking == TOGETHER


def check_members(running: FastWorld, most: int) -> None:
    """See that the sum is right, nothing waits anywhere, and each change was said, at most so often."""
    check_sum(running)
    for part in running.table.parts.values():
        check_outbox(part)
    roster = body_of(running.table.items["roster"], Roster)
    assert set(roster.present) == set(running.poes) == {"bob", "cleopatra"}
    assert roster.unsent == ()
    for channel in (running.slack, running.sns):
        said = [
            line
            for one in channel.of(TOGETHER)
            if isinstance(one, HealthAlert) and one.rule == "roster"
            for line in one.text.split("\n")
        ]
        counts = Counter(said)
        assert max(counts.values()) <= most
        assert any('"ada" is not monitored' in line for line in counts)
        # Where no tick of all has met it by its first name, it has joined by its second.
        assert any(
            '"cleo" is called "cleopatra"' in line or '"cleopatra" is monitored' in line for line in counts
        )
        # A kill of the schedule can leave out the last tick of who left.
        crossed = ("budget", "Day", MIDNIGHT - DAY, 100) in map(identity, channel.of("ada"))
        assert crossed or most > 1


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "in turn"])
def test_who_joins_and_who_leaves_is_summed_or_not(record_property: Record, *, queued: bool) -> None:
    """Wherever the tick of all is killed meanwhile, its next ones sum those that there are, and say who."""

    def kill(_: FastWorld) -> None:
        raise Killed

    points = Search(
        team("ada", "bob", queued=queued),
        (*COMINGS, *rounds(3)),
        kill,
        lambda running, _: check_members(running, most=2),
        exposed=len(COMINGS),
        chosen=of_all,
    ).cases()
    record_property("kill points among comings and goings", points)


@pytest.mark.parametrize("queued", [True, False], ids=["queued", "in turn"])
def test_a_second_tick_of_all_in_between_says_nothing_twice(record_property: Record, *, queued: bool) -> None:
    """Whenever it runs while accounts come and go: each change is said once a channel, and nothing waits."""

    def overlap(running: FastWorld) -> None:
        running.now += timedelta(seconds=10)
        running.serve(TOGETHER)

    points = Search(
        team("ada", "bob", queued=queued),
        (*COMINGS, *rounds(2)),
        overlap,
        lambda running, _: check_members(running, most=1),
        exposed=len(COMINGS),
        chosen=of_all,
    ).cases()
    record_property("interleavings among comings and goings", points)


def test_who_leaves_takes_along_what_it_had_spent_before_all_were_summed() -> None:
    """An account that was monitored alone for long is as much out of the sum as any other."""
    running = team("ada")
    for _ in range(50):
        spend(running.poes["ada"], 7, running.now)
        running.now += DAY
        running.serve("ada")
    running.join("bob", poe(SPENT_BY["bob"]))
    go_on(running, 2)
    check_sum(running)
    del running.poes["ada"]
    go_on(running, 2)
    check_sum(running)


def backlogged() -> FastWorld:
    """Make a team, one of which has much to read."""
    running = team("ada", "bob", batch=1)
    running.pages, running.poes["ada"] = 10_000, SimulatedPoe(clock=running.clock)
    for number in range(SLOTS):
        spend(running.poes["ada"], 3, BEGIN - number * SLOT)
    return running


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
    running.serve(TOGETHER)
    check_sum(running)
    assert (len(running.parts(["ada"])) < SLOTS) == (write < CHUNKS or when == "before")
    running.now += timedelta(minutes=10)
    go_on(running)
    check_sum(running)
    assert len(running.parts([TOGETHER])) == SLOTS + 1


def test_the_tick_of_all_between_two_chunks_of_a_backlog() -> None:
    """Whenever it runs, its next one sums what was written since."""
    running = backlogged()
    summed: list[int] = []

    def overlap(_number: int, name: str) -> None:
        if running.ticking == "ada" and name == "after write":
            running.now += timedelta(minutes=1)
            running.serve(TOGETHER)
            check_sum(running)
            summed.append(len(running.parts([TOGETHER])))

    running.gate.at = overlap
    go_on(running, 2)
    check_sum(running)
    assert summed == sorted(summed)
    assert len(set(summed)) == CHUNKS

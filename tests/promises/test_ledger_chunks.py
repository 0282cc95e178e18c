"""More than a transaction holds, and who writes at once: chunks, each of them right by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from budget_alert.errors import LostRaceError
from budget_alert.instants import SLOT
from budget_alert.ledger.ledger import LARGEST_ITEM
from budget_alert.rules.decision import Decision
from budget_alert.usage.state import Cursor, State
from tests.support.ledgers import (
    FOUR_DAYS,
    NOW,
    START,
    assert_days_equal_their_slots,
    in_bytes,
    long_totals,
    quarter_hours,
)
from tests.support.made_messages import alert
from tests.support.tables import Backend, Instead

pytest_plugins = ["tests.promises.dynamodb"]

OLD = State(started_at=NOW, cursor=Cursor(1, "q1"))
NEW = State(started_at=NOW, cursor=Cursor(2, "q2"), completed_at=NOW)
SPLIT = State(started_at=NOW, cursor=Cursor(2, "q2")).unevaluated(START)
MIB = 1024 * 1024
RACERS = 6


def test_changes_over_many_days_are_chunked_and_each_chunk_raises_the_version(backend: Backend) -> None:
    """Four full days are four transactions of at most a hundred items, the cursor in each of them."""
    found = quarter_hours(4 * 96)
    state = backend.ledger().record(OLD, NEW, {}, found)
    assert [len(keys) for keys in backend.transactions()] == [98, 98, 98, 98]
    assert all("cursor" in keys for keys in backend.transactions())
    assert state.version == 4
    assert backend.ledger().slots(FOUR_DAYS) == found
    assert_days_equal_their_slots(backend.ledger())


def test_large_slots_are_chunked_by_their_bytes(backend: Backend) -> None:
    """A day whose slots have 1,000 parts each takes several transactions, none of them above 4 MB."""
    found = {START + n * SLOT: long_totals(1_000) for n in range(20)}
    backend.ledger().record(OLD, NEW, {}, found)
    stored = backend.items()
    assert len(backend.transactions()) == 2
    assert all(sum(in_bytes(stored[key]) for key in keys) < 4 * MIB for keys in backend.transactions())
    assert 250_000 < max(map(in_bytes, stored.values())) < LARGEST_ITEM
    assert backend.ledger().slots(FOUR_DAYS) == found
    assert_days_equal_their_slots(backend.ledger())


def test_a_tick_that_loses_between_two_chunks_leaves_what_is_true(backend: Backend) -> None:
    """When another tick writes in between, the rest is not written, and the other's cursor stands."""

    def meanwhile(**request: Any) -> None:
        state = backend.ledger().state()
        if state and state.version == 2:
            backend.ledger().record(state, NEW, {}, {})
        backend.client.transact_write_items(**request)

    known = backend.ledger().record(State(started_at=NOW), OLD, {}, {})
    late = backend.ledger(Instead(backend.client, transact_write_items=meanwhile))
    with pytest.raises(LostRaceError):
        late.record(known, SPLIT, {}, quarter_hours(3 * 96))
    state = backend.ledger().state()
    assert state is not None
    assert (state.cursor, state.version) == (NEW.cursor, 3)
    assert len(backend.ledger().slots(FOUR_DAYS)) == 96
    assert_days_equal_their_slots(backend.ledger())


def race(write: Callable[[int], State]) -> dict[int, State]:
    """Let all write at once, and give what those wrote that did not lose."""
    barrier = Barrier(RACERS)

    def run(racer: int) -> State | None:
        barrier.wait()
        try:
            return write(racer)
        except LostRaceError:
            return None

    with ThreadPoolExecutor(RACERS) as threads:
        ended = list(threads.map(run, range(RACERS)))
    return {racer: state for racer, state in enumerate(ended) if state is not None}


@pytest.mark.xdist_group("dynamodb")
def test_of_many_records_at_once_one_wins(local: Backend) -> None:
    """Whoever writes first has written all of it; the others have written nothing, round after round."""
    known = State(started_at=NOW)
    for round_ in range(5):
        found = {racer: quarter_hours(racer + 1) for racer in range(RACERS)}
        stored = local.ledger().slots(FOUR_DAYS)

        def write(racer: int) -> State:
            moved = State(started_at=NOW, cursor=Cursor(round_, f"q{racer}"))  # noqa: B023 - used at once
            return local.ledger().record(known, moved, stored, found[racer])  # noqa: B023 - as above

        ((winner, known),) = race(write).items()
        assert local.ledger().state() == known
        assert known.cursor == Cursor(round_, f"q{winner}")
        assert local.ledger().slots(FOUR_DAYS) == {**stored, **found[winner]}
        assert_days_equal_their_slots(local.ledger())


@pytest.mark.xdist_group("dynamodb")
def test_of_many_claims_at_once_one_wins(local: Backend) -> None:
    """An alert that all ticks found is in the outbox once."""
    decision = Decision(others=(alert(id="a"),))
    assert len(race(lambda _: local.ledger().apply(State(started_at=NOW), decision, ["sns"], NOW))) == 1
    assert [one.alert.id for one in local.outbox().alerts(START)] == ["a"]

"""More than a transaction holds, and who writes at once: chunks, each of them right by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import msgspec
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from budget_alert.errors import LedgerError, LostRaceError
from budget_alert.instants import DAY, SLOT
from budget_alert.ledger import ledger as ledgers
from budget_alert.ledger.ledger import LARGEST_ITEM, Ledger
from budget_alert.rules.decision import Decision
from budget_alert.usage.slots import Slots
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from tests.support.ledgers import (
    FOUR_DAYS,
    NOW,
    START,
    KilledError,
    assert_days_equal_their_slots,
    in_bytes,
    long_totals,
    quarter_hours,
    totals,
)
from tests.support.made_messages import alert
from tests.support.tables import Backend, Failing

pytest_plugins = ["tests.promises.dynamodb"]

OLD = State(started_at=NOW, cursor=Cursor(1, "q1"))
NEW = State(started_at=NOW, cursor=Cursor(2, "q2"), completed_at=NOW)
SPLIT = State(started_at=NOW, cursor=Cursor(2, "q2")).unevaluated(START)
MIB = 1024 * 1024
RACERS = 6
FAILURES = [
    KilledError(),
    ConnectionClosedError(endpoint_url="http://127.0.0.1"),
    ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "TransactWriteItems"),
]


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


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("done", [1, 3])
def test_a_failure_between_two_chunks_leaves_what_is_true(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, failure: BaseException, done: int
) -> None:
    """Slots are whole, days equal them, the cursor has not moved, what changed is marked unevaluated."""
    monkeypatch.setattr(ledgers, "MOST_ITEMS", 9)
    before = quarter_hours(32, START + DAY - 12 * SLOT)
    after = {slot: totals(100) for slot in before}
    known = backend.ledger().record(State(started_at=NOW), OLD, {}, before)
    broken = backend.ledger(Failing(backend.client, "transact_write_items", failure, after=done))
    with pytest.raises((KilledError, LedgerError)):
        broken.record(known, NEW.unevaluated(min(after)), before, after)
    ledger = backend.ledger()
    state = ledger.state()
    found = ledger.slots(FOUR_DAYS)
    assert state == msgspec.structs.replace(OLD, version=known.version + done, unevaluated_from=min(after))
    assert (
        sorted(slot for slot in found if found[slot] == after[slot]) == sorted(found)[: {1: 8, 3: 20}[done]]
    )
    assert all(found[slot] in (before[slot], after[slot]) for slot in found)
    assert_days_equal_their_slots(ledger)
    assert run_on(ledger, state, after) == after


def run_on(ledger: Ledger, state: State, history: Slots) -> dict[datetime, Totals]:
    """Make the next tick's record of the same history, and give what is stored then."""
    stored = ledger.slots(FOUR_DAYS)
    changes = {slot: history[slot] for slot in history if stored.get(slot) != history[slot]}
    ended = ledger.record(state, NEW.unevaluated(min(history)), stored, changes)
    assert ledger.state() == ended
    assert (ended.cursor, ended.unevaluated_from) == (NEW.cursor, min(history))
    assert_days_equal_their_slots(ledger)
    return ledger.slots(FOUR_DAYS)


def interfere(backend: Backend) -> Callable[..., None]:
    """Give a transaction that another tick makes before ours arrives."""

    def write(**request: object) -> None:
        state = backend.ledger().state()
        assert state is not None
        if state.version == 2:
            backend.ledger().record(state, NEW, {}, {})
        backend.client.transact_write_items(**request)  # type: ignore[arg-type]

    return write


def test_a_tick_that_loses_between_two_chunks_leaves_what_is_true(backend: Backend) -> None:
    """When another tick writes in between, the rest is not written, and the other's cursor stands."""

    class Interfering(Failing):
        def __getattr__(self, name: str) -> object:
            return interfere(backend) if name == "transact_write_items" else getattr(backend.client, name)

    known = backend.ledger().record(State(started_at=NOW), OLD, {}, {})
    late = backend.ledger(Interfering(backend.client, "", KilledError()))
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

"""The laws of the accounting that the ledger keeps, whatever is written and wherever it is killed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, strategies as st

from budget_alert.errors import LostRaceError
from budget_alert.ledger import ledger as ledgers
from budget_alert.ledger.ledger import MOST_NOTICES, Ledger
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory
from budget_alert.usage.slots import Slots
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from standins.memory_aws import Killed
from tests.support.ledgers import (
    FOUR_DAYS,
    NOW,
    START,
    KillingTable,
    assert_days_equal_their_slots,
    changes,
    notified_at,
)
from tests.support.made_messages import alert

FIRST = State(started_at=NOW)
UNEVALUATED = State(started_at=NOW, unevaluated_from=START)
MEMORY = Memory(welcomed=1)
MINUTE = timedelta(minutes=1)
histories = st.lists(changes, min_size=1, max_size=5)
items_a_transaction = st.integers(3, 30)


@contextmanager
def most_items(number: int) -> Iterator[None]:
    """Let a transaction hold so few items that there are many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledgers, "MOST_ITEMS", number)
        yield


def tick(ledger: Ledger, number: int, found: Slots) -> State:
    """Read, then record, as a tick does that read up to the entry of that number."""
    known = ledger.state() or FIRST
    return record(ledger, known, number, found)


def record(ledger: Ledger, known: State, number: int, found: Slots) -> State:
    """Record what was found since a state."""
    cursor = Cursor(max(number, known.cursor.created if known.cursor else 0), f"q{number}")
    moved = msgspec.structs.replace(known, cursor=cursor, completed_at=NOW + number * MINUTE)
    return ledger.record(known, moved.unevaluated(min(found)), ledger.slots(FOUR_DAYS), found)


@given(history=histories, most=items_a_transaction)
def test_days_equal_their_slots_after_any_records(history: list[Slots], most: int) -> None:
    """After every record each day is the sum of its slots, and the slots are what was recorded last."""
    ledger, expected = Ledger(KillingTable()), dict[datetime, Totals]()
    with most_items(most):
        for number, found in enumerate(history):
            expected |= found
            state = tick(ledger, number, found)
            assert ledger.state() == state
            assert ledger.slots(FOUR_DAYS) == expected
            assert_days_equal_their_slots(ledger)


@given(history=histories)
def test_recording_the_same_again_changes_no_total(history: list[Slots]) -> None:
    """A repeated record counts nothing twice: slots are replaced, never added to."""
    ledger = Ledger(KillingTable())
    for number, found in enumerate(history):
        tick(ledger, number, found)
    slots, days = ledger.slots(FOUR_DAYS), ledger.days(FOUR_DAYS)
    tick(ledger, len(history), history[-1])
    assert (ledger.slots(FOUR_DAYS), ledger.days(FOUR_DAYS)) == (slots, days)


@given(before=st.just({}) | changes, after=changes, most=items_a_transaction, allowed=st.integers(0, 8))
def test_a_kill_at_any_transaction_leaves_what_is_true(
    before: Slots, after: Slots, most: int, allowed: int
) -> None:
    """Slots are whole, days equal them, an unmoved cursor says so; going on ends as if nothing had been."""
    table = KillingTable()
    ledger = Ledger(table)
    with most_items(most):
        known = tick(ledger, 1, before) if before else FIRST
        table.writes_left = allowed
        with suppress(Killed):
            record(ledger, known, 2, after)
        table.writes_left = None
        assert_true_in_between(ledger, known, before, after)
        tick(ledger, 2, after)
    assert ledger.slots(FOUR_DAYS) == {**before, **after}
    assert_days_equal_their_slots(ledger)


def assert_true_in_between(ledger: Ledger, known: State, before: Slots, after: Slots) -> None:
    """Compare what a killed tick has left with what it may have."""
    state, stored = ledger.state() or FIRST, ledger.slots(FOUR_DAYS)
    assert all(totals in (before.get(slot), after.get(slot)) for slot, totals in stored.items())
    assert_days_equal_their_slots(ledger)
    if state.cursor == known.cursor and stored != before:
        left = {"version": state.version, "unevaluated_from": state.unevaluated_from}
        assert state == msgspec.structs.replace(known, **left)
        assert state.unevaluated_from is not None
        changed = [slot for slot in stored if stored[slot] != before.get(slot)]
        assert state.unevaluated_from <= min(*changed, known.unevaluated_from or changed[0])
    if state.cursor != known.cursor:
        assert stored == {**before, **after}


@given(one=changes, other=changes, most=items_a_transaction, first=st.booleans())
def test_of_two_ticks_with_one_state_the_second_changes_nothing(
    one: Slots, other: Slots, most: int, *, first: bool
) -> None:
    """Also of the very first two, and however many transactions each would take."""
    table = KillingTable()
    ledger = Ledger(table)
    with most_items(most):
        known = FIRST if first else tick(ledger, 1, one)
        record(ledger, known, 2, one)
        stored = dict(table.items)
        with pytest.raises(LostRaceError):
            record(ledger, known, 3, other)
    assert table.items == stored


@given(history=histories, most=items_a_transaction)
def test_the_version_rises_with_every_transaction(history: list[Slots], most: int) -> None:
    """The cursor's version counts the transactions, so that none can pass unseen."""
    table = KillingTable()
    with most_items(most):
        for number, found in enumerate(history):
            table.writes_left = 100
            known = Ledger(table).state() or FIRST
            state = tick(Ledger(table), number, found)
            assert state.version - known.version == 100 - table.writes_left
            assert table.items["cursor"]["version"] == {"N": str(state.version)}


@given(
    pieces=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50), st.booleans()), max_size=100),
    done=st.integers(0, 3),
)
def test_what_counts_as_notified_is_in_the_outbox(pieces: list[tuple[str, int, bool]], done: int) -> None:
    """Wherever a long decision is killed, what is remembered under a key is as its last alert left it.

    The rest is still unevaluated, and the next tick claims it.
    """
    notices = [
        Notice(key, notified_at(points), alert(id=f"a{place}") if is_sent else None)
        for place, (key, points, is_sent) in enumerate(pieces)
    ]
    table = KillingTable()
    ledger, written = Ledger(table), notices
    table.writes_left = done
    with suppress(Killed):
        ledger.apply(UNEVALUATED, decided(notices), ["sns"], NOW)
    table.writes_left = None
    state = ledger.state() or UNEVALUATED
    if state.unevaluated_from:
        written = notices[: done * MOST_NOTICES]
        assert ledger.memory() == Memory()
    assert state.outbox_since == (NOW if ids(written) else None)
    assert ledger.notified("abc") == {notice.key: notice.notified for notice in written}
    assert in_outbox(table) == ids(written)
    ended = ledger.apply(state, decided(notices[len(written) :]), ["sns"], NOW + MINUTE)
    assert (ended.unevaluated_from, ledger.memory()) == (None, MEMORY)
    assert in_outbox(table) == ids(notices)


def decided(notices: list[Notice]) -> Decision:
    """Decide so, of all that there is to evaluate."""
    return Decision(notices=tuple(notices), memory=MEMORY, evaluated=True)


def ids(notices: list[Notice]) -> list[str]:
    """Name the alerts of notices."""
    return sorted(notice.alert.id for notice in notices if notice.alert)


def in_outbox(table: KillingTable) -> list[str]:
    """Name the alerts that were written."""
    return sorted(key.split("#")[2] for key in table.items if key.startswith("alert#"))

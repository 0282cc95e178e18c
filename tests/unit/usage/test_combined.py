"""Which quarter hours of several accounts are read for their sum, and that the sum is theirs."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from budget_alert.config.schema import Filter
from budget_alert.instants import DAY, SLOT, slot_of
from budget_alert.usage.combined import (
    LONGEST_WINDOW,
    MOST_HELD,
    PIECE,
    SLOWEST_TICK,
    CombinedReading,
    States,
    count_combined,
    read_combined,
    to_combine,
)
from budget_alert.usage.part_scans import AUDITED
from budget_alert.usage.roster import Roster
from budget_alert.usage.slots import Span, steps
from budget_alert.usage.state import State, with_written
from budget_alert.usage.totals import Amount, Dimensions, Totals
from tests.support.books import NAMES, Book
from tests.support.ledgers import NOW, totals

MINUTE = timedelta(minutes=1)
AGO = NOW - 30 * DAY
NOBODY = Roster(several=True)


slots = st.integers(0, 30 * 96 + 20).map(lambda number: slot_of(AGO + number * SLOT))
plain = st.builds(totals, st.integers(0, 50), st.sampled_from("abc"))
changes = st.dictionaries(slots, plain, max_size=8)
writing = st.tuples(st.just("write"), st.sampled_from(NAMES), changes, st.integers(0, 14))
coming = st.tuples(st.just("come or go"), st.sampled_from(NAMES))
summing = st.tuples(st.just("sum"), st.integers(0, 3))
happenings = st.lists(writing | coming | summing, max_size=25)


def happen(book: Book, happened: Iterable[tuple[object, ...]]) -> datetime:
    """Let things happen, ten minutes after each other, and give the instant of the last."""
    now = NOW
    for what, *rest in happened:
        now += 10 * MINUTE
        match what, rest:
            case "write", [str(name), dict(found), int(late)] if name in book.here:
                book.write(name, found, now - late * MINUTE)
            case "come or go", [str(name)] if book.here != {name}:
                book.here ^= {name}
            case "sum", [int(pieces)]:
                book.sum(now, pieces)
            case _:
                pass
    return now


@given(happenings)
def test_the_sum_is_that_of_those_that_there_are(happened: list[tuple[object, ...]]) -> None:
    """Whatever ticks wrote, however slow, and whoever came and went: one sum with time holds it all."""
    book = Book("ada", "bob")
    now = happen(book, happened)
    book.sum(now + MINUTE)
    assert book.is_summed()


@given(happenings)
def test_to_sum_twice_changes_nothing(happened: list[tuple[object, ...]]) -> None:
    """What was read is replaced whole, and so is the same the second time."""
    book = Book("ada", "bob")
    now = happen(book, happened) + MINUTE
    book.sum(now)
    again = book.sum(now)
    assert (again.changes, again.points) == ({}, 0)


@given(happenings)
def test_pieces_are_disjoint(happened: list[tuple[object, ...]]) -> None:
    """Each is a week at most and of whole quarter hours, and none lies where no window reaches."""
    book = Book("ada", "bob")
    now = happen(book, happened)
    spans = to_combine(book.state, book.states(), now)
    assert all(older[1] <= newer[0] for older, newer in pairwise(sorted(spans)))
    assert all(start < end <= start + PIECE for start, end in spans)
    assert all(edge == slot_of(edge) for span in spans for edge in span)
    assert all(start >= slot_of(now - LONGEST_WINDOW) for start, _ in spans)


@given(st.lists(slots, min_size=1, max_size=30, unique=True), st.integers(1, 3))
def test_what_there_was_no_time_for_is_summed_later(found: list[datetime], pieces: int) -> None:
    """Each tick goes on where the one before it has stopped, and until then the sum has gaps."""
    book = Book("ada")
    book.write("ada", {slot: totals(1) for slot in found}, NOW)
    for late in range(60):
        counted = book.sum(NOW + late * MINUTE, pieces + 1)
        assert counted.complete == (not book.state.combined.left if book.state.combined else False)
        assert bool(book.state.gaps) != counted.complete
    assert book.is_summed()
    assert counted.complete


def test_a_sum_of_everything_ends_though_accounts_come_and_go_all_the_time() -> None:
    """One that began anew with each of them would never reach what is old."""
    book = Book("ada", "bob")
    for name in NAMES:
        book.write(name, {slot_of(NOW - week * 7 * DAY): totals(1) for week in range(13)}, NOW)
    for late in range(40):
        book.here ^= {"cleo"}
        book.sum(NOW + late * MINUTE, 2)
        assert book.state.gaps
    assert len([slot for slot, one in book.stored.items() if one.points]) == 13
    for late in range(40, 60):
        book.sum(NOW + late * MINUTE, 2)
    assert book.is_summed()
    assert not book.state.gaps


def summed_at(at: datetime, *accounts: State) -> State:
    """Make the state of a sum over these accounts."""
    book = Book(*NAMES[: len(accounts)])
    book.accounts = dict(zip(NAMES, accounts, strict=False))
    return book.sum(at).state


YOUNG, OLD = (State(started_at=NOW - ago * DAY) for ago in (1, 300))
FARTHEST = slot_of(NOW - LONGEST_WINDOW)


@pytest.mark.parametrize(
    ("state", "accounts", "back_to"),
    [
        (State(started_at=NOW), {"ada": YOUNG, "bob": None}, NOW - 32 * DAY),
        (State(started_at=NOW), {"ada": OLD}, FARTHEST),
        (summed_at(NOW, OLD, YOUNG), {"bob": YOUNG}, FARTHEST),
    ],
    ids=["the first sum", "the first sum of an old account", "one has left"],
)
def test_everything_is_what_accounts_can_have_read(state: State, accounts: States, back_to: datetime) -> None:
    """That is 30 days before the first of them began, and no more than a window holds.

    Who has left may have been there for longest.
    """
    assert to_combine(state, accounts, NOW)[-1][0] == back_to


def test_a_quiet_tick_sums_nothing() -> None:
    """Nothing written since, nothing left, and the audit was today."""
    account = State(started_at=NOW, recent_writes=with_written((), [NOW], NOW))
    state = summed_at(NOW + DAY, account)
    later = NOW + DAY + MINUTE
    assert to_combine(state, {"ada": account}, later) == ()
    reading = CombinedReading(state=state, now=later, accounts={"ada": account})
    assert reading.stored_span == (later, later)
    assert count_combined(reading, {}, NOBODY).changes == {}


def test_an_audit_a_day_sums_two_days_again() -> None:
    """Whatever has gone wrong with them is right again then."""
    account = State(started_at=NOW)
    state = summed_at(NOW, account)
    assert to_combine(state, {"ada": account}, NOW + DAY) == ((slot_of(NOW + DAY - AUDITED), NOW + DAY),)
    assert to_combine(state, {"ada": account}, NOW + DAY - MINUTE) == ()


@pytest.mark.parametrize(("ago", "again"), [(SLOWEST_TICK, True), (SLOWEST_TICK + MINUTE, False)])
def test_a_slow_tick_may_have_written_after_the_last_sum(ago: timedelta, *, again: bool) -> None:
    """Whatever ticks wrote that could still run then is read again."""
    account = State(started_at=NOW, recent_writes=with_written((), [NOW - DAY], NOW - ago))
    state = summed_at(NOW, State(started_at=NOW))
    assert bool(to_combine(state, {"ada": account}, NOW + MINUTE)) is again


def test_a_slot_that_nobody_has_any_more_is_emptied() -> None:
    """What is read is replaced whole, and nothing else is touched."""
    known, spans = State(started_at=NOW), ((NOW - SLOT, NOW + SLOT),)
    reading = CombinedReading(
        state=known, now=NOW, accounts={"ada": known}, seen={NOW: totals(5)}, spans=spans
    )
    stored = {NOW - 2 * SLOT: totals(1), NOW - SLOT: totals(2), NOW: totals(9)}
    counted = count_combined(reading, stored, NOBODY)
    assert counted.changes == {NOW - SLOT: Totals(), NOW: totals(5)}
    assert counted.points == -6
    assert dict(counted.bots) == {"Claude-Opus-4.5": -6}
    assert counted.state.unevaluated_from == NOW - SLOT


def test_other_filters_sum_everything_again() -> None:
    """What was added up before cannot be told apart any more; the same ones in a later tick do not."""
    ada = State(started_at=NOW - 9 * DAY, completed_at=NOW)
    state = replace(summed_at(NOW, ada), audited_at=NOW)
    accounts, some = {NAMES[0]: ada}, (Filter(("o3",)),)
    assert to_combine(state, accounts, NOW + MINUTE) == ()
    assert to_combine(state, accounts, NOW + MINUTE, some)[-1][0] == slot_of(NOW + MINUTE - LONGEST_WINDOW)
    reading = CombinedReading(state=state, now=NOW, accounts=accounts, filters=some)
    known = count_combined(reading, {}, NOBODY).state
    assert to_combine(known, accounts, NOW + MINUTE, some) == ()


class Busy:
    """Accounts of which each has spent by so many bots in every quarter hour."""

    def __init__(self, accounts: int, bots: int = 1) -> None:
        self._accounts = [f"account-{number}" for number in range(accounts)]
        spent = {Dimensions(f"bot-{number}", "API", "key"): Amount(1, 1) for number in range(bots)}
        self._totals = Totals(spent)
        self.asked: list[Span] = []

    def states(self) -> States:
        """All were counted just now."""
        return dict.fromkeys(self._accounts, State(started_at=NOW, completed_at=NOW))

    def slots(self, span: Span) -> Iterator[tuple[str, datetime, Totals]]:
        """Give what they spent."""
        self.asked.append(span)
        for slot in steps(*span, SLOT):
            yield from ((account, slot, self._totals) for account in self._accounts)


def read_busy(busy: Busy, may_read: Callable[[], bool]) -> CombinedReading:
    """Read busy accounts for the first time."""
    begun = CombinedReading(state=State(started_at=NOW), now=NOW, accounts=busy.states())
    return read_combined(begun, busy.slots, may_read)


def test_what_there_is_no_time_for_is_left() -> None:
    """Nothing is read without time, and the newest piece first with a little."""
    assert read_busy(Busy(1), lambda: False).spans == ()
    times = iter([True, False])
    reading = read_busy(Busy(1), lambda: next(times))
    assert len(reading.spans) == 1
    assert reading.left[0][1] == reading.spans[0][0]


def test_memory_bounds_what_one_tick_sums() -> None:
    """It stops once it holds enough parts, however much time there is, and goes on the next time."""
    busy = Busy(20, bots=20)
    reading = read_busy(busy, lambda: True)
    held = sum(totals.width for totals in reading.seen.values())
    assert MOST_HELD <= held < MOST_HELD + DAY // SLOT * 20 * 20
    assert reading.left
    assert busy.asked == list(reading.spans)


def test_the_slots_of_many_accounts_are_read_by_the_day() -> None:
    """A piece is held in memory whole; few accounts have theirs read by the week."""
    many = read_busy(Busy(11), lambda: True)
    few = read_busy(Busy(10), lambda: True)
    assert max(end - start for start, end in many.spans) == DAY
    assert max(end - start for start, end in few.spans) == timedelta(days=7)

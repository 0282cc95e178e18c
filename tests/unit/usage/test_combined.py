from collections.abc import Callable, Iterable, Iterator, Mapping
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
    of_account,
    read_combined,
    to_combine,
)
from budget_alert.usage.count import Counted
from budget_alert.usage.count_combined import count_combined
from budget_alert.usage.entries import Query
from budget_alert.usage.gaps import Gap
from budget_alert.usage.missing import Missing, Why
from budget_alert.usage.part_scans import AUDITED
from budget_alert.usage.recent_writes import with_written
from budget_alert.usage.roster import Member, Roster
from budget_alert.usage.slots import Span, steps
from budget_alert.usage.state import Combined, Cursor, State
from budget_alert.usage.totals import Amount, Dimensions, Totals
from tests.support.books import NAMES, Book
from tests.support.ledgers import NOW, all_totals, totals

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
AGO = NOW - 30 * DAY


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


def summed_at(at: datetime, *accounts: State, **more: object) -> State:
    """Make the state of a sum over these accounts."""
    book = Book(*NAMES[: len(accounts)])
    book.accounts = dict(zip(NAMES, accounts, strict=False))
    counted = book.sum(at)
    return replace(counted.state, **more)


def test_the_first_sum_takes_all_that_the_accounts_can_have_read() -> None:
    """That is 30 days before the first of them began, and no more than a window holds."""
    young, old = (State(started_at=NOW - ago * DAY) for ago in (1, 300))
    assert to_combine(State(started_at=NOW), {"ada": young, "bob": None}, NOW)[-1][0] == NOW - 32 * DAY
    assert to_combine(State(started_at=NOW), {"ada": old}, NOW)[-1][0] == slot_of(NOW - LONGEST_WINDOW)


NOBODY = Roster(several=True)


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
    (span,) = to_combine(state, {"ada": account}, NOW + DAY)
    assert (span[0], span[1]) == (slot_of(NOW + DAY - AUDITED), NOW + DAY)
    assert to_combine(state, {"ada": account}, NOW + DAY - MINUTE) == ()


@pytest.mark.parametrize(("ago", "again"), [(SLOWEST_TICK, True), (SLOWEST_TICK + MINUTE, False)])
def test_a_slow_tick_may_have_written_after_the_last_sum(ago: timedelta, *, again: bool) -> None:
    """Whatever ticks wrote that could still run then is read again."""
    account = State(started_at=NOW, recent_writes=with_written((), [NOW - DAY], NOW - ago))
    state = summed_at(NOW, State(started_at=NOW))
    assert bool(to_combine(state, {"ada": account}, NOW + MINUTE)) is again


@given(all_totals, st.sampled_from(NAMES))
def test_an_account_stands_where_its_keys_did(found: Totals, name: str) -> None:
    """Nothing else of a totals changes, and what differs by the key alone becomes one."""
    named = of_account(name, found)
    assert {part.api_key for part, _ in named.items()} <= {name}
    assert named.amount == found.amount
    assert dict(named.by_bot()) == dict(found.by_bot())


def test_queries_are_named_with_their_account() -> None:
    """Of each quarter hour the dearest few of all accounts keep their names."""
    cheap = tuple(Query(n, f"q{n}", "bot", "API", "key", n) for n in range(1, 3))
    dear = tuple(Query(n, f"q{n}", "bot", "API", "other", n) for n in range(10, 13))
    book = Book("ada", "bob")
    book.write("ada", {NOW: Totals({Dimensions("bot", "API", "key"): Amount(3, 2, 0, 3)}, cheap)}, NOW)
    book.write("bob", {NOW: Totals({Dimensions("bot", "API", "other"): Amount(33, 3, 0, 33)}, dear)}, NOW)
    book.sum(NOW)
    assert [(one.points, one.api_key) for one in book.stored[NOW].largest] == [
        (12, "bob"),
        (11, "bob"),
        (10, "bob"),
    ]


def counted_of(accounts: Mapping[str, State | None]) -> Counted:
    """Count a first sum over accounts in these states."""
    book = Book(*accounts)
    book.accounts = {name: one for name, one in accounts.items() if one}
    return book.sum(NOW)


def test_all_are_read_as_far_as_the_last_of_them() -> None:
    """The sum is complete as of the oldest reading, and its cursor is at the newest row."""
    ada = State(started_at=NOW, completed_at=NOW - MINUTE, settled_until=NOW - DAY, cursor=Cursor(5, "a"))
    bob = State(started_at=NOW, completed_at=NOW - HOUR, settled_until=NOW - 2 * DAY, cursor=Cursor(7, "b"))
    counted = counted_of({"ada": ada, "bob": bob})
    assert counted.complete
    assert counted.state.completed_at == NOW - HOUR
    assert counted.state.settled_until == NOW - 2 * DAY
    assert counted.state.cursor == Cursor(7, "b")


def test_a_digest_does_not_wait_for_who_is_away() -> None:
    """The sum is not complete then, and says whom it lacks."""
    ada = State(started_at=NOW - 9 * DAY, completed_at=NOW - MINUTE, settled_until=NOW - HOUR)
    bob = State(started_at=NOW - 9 * DAY, completed_at=NOW - DAY, settled_until=NOW - 2 * DAY)
    counted = counted_of({"ada": ada, "bob": bob})
    assert not counted.complete
    assert counted.state.settled_until == NOW - HOUR
    assert [hole.account for hole in counted.state.holes] == ["bob"]


def unevaluated(*changed: str, roster: Roster, held: tuple[str, ...] = ("ada", "bob")) -> datetime | None:
    """Say from when on is evaluated where accounts have changed a slot two days ago, and no mark is set."""
    slot = slot_of(NOW - 2 * DAY)
    seen = {slot: Totals.total(of_account(name, totals(5)) for name in held)}
    stored = {slot: Totals.total(of_account(name, totals(5)) for name in {*held} ^ {*changed})}
    accounts = {name: State(started_at=NOW - 9 * DAY, completed_at=NOW) for name in held}
    reading = CombinedReading(
        state=State(started_at=NOW - 9 * DAY), now=NOW, accounts=accounts, seen=seen, spans=((slot, NOW),)
    )
    return count_combined(reading, stored, roster).state.unevaluated_from


def roster_of(**members: Member) -> Roster:
    """Make a roster of several accounts."""
    return Roster(several=True, members=members)


OLD = Member(since=NOW - 9 * DAY, read_at=NOW - 9 * DAY)


@pytest.mark.parametrize(
    ("bob", "since"),
    [
        (OLD, NOW - 2 * DAY),
        (Member(since=NOW - DAY, read_at=NOW - HOUR), NOW - HOUR),
        (Member(since=NOW - DAY), NOW),
        (Member(since=NOW - MINUTE, read_at=NOW - 9 * DAY), NOW - MINUTE),
    ],
    ids=["read all along", "read since an hour ago", "not read before", "renamed"],
)
def test_what_an_account_brings_is_news_from_when_it_was_first_read(bob: Member, since: datetime) -> None:
    """Windows that closed before then do not count it; what the others bring is news all the same."""
    roster = roster_of(ada=OLD, bob=bob)
    assert unevaluated("bob", roster=roster) == slot_of(since)
    assert unevaluated("ada", "bob", roster=roster) == slot_of(NOW - 2 * DAY)


def test_who_has_left_takes_no_window_away() -> None:
    """Nothing is evaluated again for it; for what an account of an old table takes away, everything is."""
    gone = replace(OLD, left_at=NOW)
    assert unevaluated("cleo", roster=roster_of(ada=OLD, bob=OLD, cleo=gone)) is None
    assert unevaluated("ada", "cleo", roster=roster_of(ada=OLD, bob=OLD, cleo=gone)) == slot_of(NOW - 2 * DAY)
    assert unevaluated("cleo", roster=roster_of(ada=OLD, bob=OLD)) == slot_of(NOW - 2 * DAY)


@pytest.mark.parametrize("other", [None, State(started_at=NOW)])
def test_with_an_account_that_was_never_read_everything_is_unread(other: State | None) -> None:
    """Its first reading may bring 30 days of usage."""
    counted = counted_of({"ada": State(started_at=NOW, completed_at=NOW), "bob": other})
    assert not counted.complete
    assert counted.state.completed_at is None
    (gap,) = counted.state.gaps
    assert gap.start <= NOW - 30 * DAY < NOW < gap.end


def test_an_account_that_was_not_read_for_long_is_missing() -> None:
    """A sum says whose usage it lacks, and since when; an account that was just read lacks nothing."""
    stale = State(started_at=NOW - 9 * DAY, completed_at=NOW - 5 * HOUR)
    never = State(started_at=NOW - 9 * DAY)
    fresh = State(started_at=NOW - 9 * DAY, completed_at=NOW - 5 * MINUTE)
    counted = counted_of({"ada": stale, "bob": fresh, "cleo": never})
    yesterday, today = (NOW - DAY, NOW - 6 * HOUR), (NOW - DAY, NOW)
    assert [each.account for each in counted.state.missing(yesterday, NOW)] == ["cleo"]
    missing = counted.state.missing(today, NOW)
    assert [(each.why, each.account) for each in missing] == [(Why.ACCOUNT, "ada"), (Why.ACCOUNT, "cleo")]
    assert missing[0].start == NOW - 5 * HOUR


def test_what_an_account_lacks_the_sum_lacks() -> None:
    """Unreadable rows, lost usage, and what was over before an account was first read."""
    rows, lost = (
        Missing(NOW - 3 * DAY, NOW - 2 * DAY, Why.ROWS),
        Missing(NOW - 8 * DAY, NOW - 7 * DAY, Why.LOST),
    )
    ada = State(started_at=NOW - 90 * DAY, completed_at=NOW, holes=(rows,))
    bob = State(started_at=NOW - 9 * DAY, completed_at=NOW, holes=(lost,))
    state = counted_of({"ada": ada, "bob": bob}).state
    assert state.holes == (rows, lost)
    assert state.known_from == NOW - 39 * DAY


def test_what_an_account_has_not_read_is_not_summed() -> None:
    """Gaps of all accounts are those of the sum, joined and newest first."""
    one, two, three = (
        Gap(start=NOW - ago * DAY, end=NOW - ago * DAY + 5 * SLOT, after="q") for ago in (1, 2, 2)
    )
    ada = State(started_at=NOW, completed_at=NOW, gaps=(one, two))
    bob = State(started_at=NOW, completed_at=NOW, gaps=(replace(three, end=three.end + SLOT),))
    counted = counted_of({"ada": ada, "bob": bob})
    assert [(gap.start, gap.end, gap.after) for gap in counted.state.gaps] == [
        (one.start, one.end, None),
        (two.start, two.end + SLOT, None),
    ]


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


def test_the_state_remembers_whom_it_has_summed() -> None:
    """By one name for them all, in whatever order the secret holds them."""
    known = [
        counted_of(dict.fromkeys(names)).state.combined
        for names in (("ada", "bob"), ("bob", "ada"), ("ada",))
    ]
    assert known[0] == known[1] != known[2]
    assert isinstance(known[0], Combined)
    assert (known[0].at, known[0].left) == (NOW, ())


class Busy:
    """Accounts of which each has spent by so many bots in every quarter hour."""

    def __init__(self, accounts: int, bots: int = 1) -> None:
        self._accounts = [f"account-{number}" for number in range(accounts)]
        self._totals = Totals(
            {Dimensions(f"bot-{number}", "API", "key"): Amount(1, 1) for number in range(bots)}
        )
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
    return read_combined(busy.states(), busy.slots, State(started_at=NOW), NOW, may_read)


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

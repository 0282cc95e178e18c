"""What a sum over several accounts counts: whose it is, how far it is read, and what it lacks."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from budget_alert.instants import DAY, SLOT, slot_of
from budget_alert.usage.combined import CombinedReading, count_combined, of_account
from budget_alert.usage.count import Counted
from budget_alert.usage.entries import Query
from budget_alert.usage.missing import Gap, Missing, Why
from budget_alert.usage.roster import Member, Roster
from budget_alert.usage.state import Combined, Cursor, State
from budget_alert.usage.totals import Amount, Dimensions, Totals
from tests.support.books import NAMES, Book
from tests.support.ledgers import NOW, all_totals, totals

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OLD = Member(since=NOW - 9 * DAY, read_at=NOW - 9 * DAY)


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
    named = [(one.points, one.api_key) for one in book.stored[NOW].largest]
    assert named == [(12, "bob"), (11, "bob"), (10, "bob")]


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
    rows = Missing(NOW - 3 * DAY, NOW - 2 * DAY, Why.ROWS)
    lost = Missing(NOW - 8 * DAY, NOW - 7 * DAY, Why.LOST)
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


def test_the_state_remembers_whom_it_has_summed() -> None:
    """By one name for them all, in whatever order the secret holds them."""
    named = (("ada", "bob"), ("bob", "ada"), ("ada",))
    both, again, one = (counted_of(dict.fromkeys(names)).state.combined for names in named)
    assert both == again != one
    assert both == Combined(NOW, both.accounts if both else "")

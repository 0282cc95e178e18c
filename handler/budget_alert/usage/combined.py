"""The usage of several accounts together: what of it to read again, what that shows, and what changes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from budget_alert.identity import identity
from budget_alert.instants import DAY, MICROSECOND, day_end, day_of, slot_end, slot_of
from budget_alert.usage.count import Counted, by_bot
from budget_alert.usage.grouping import Asked, grouping
from budget_alert.usage.missing import Gap, Gaps, Holes, Missing, Why, with_spans
from budget_alert.usage.part_scans import AUDITED, FUTURE
from budget_alert.usage.roster import Roster
from budget_alert.usage.slots import Slots, Span, merged, outside
from budget_alert.usage.state import FRESH, RETENTION, Combined, State, written_since
from budget_alert.usage.totals import Dimensions, Totals

SLOWEST_TICK = timedelta(minutes=15)
"""Lambda ends every tick by then, so what began earlier is written:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
LONGEST_WINDOW = timedelta(days=92)
FIRST_READING = timedelta(hours=1)
PIECE = timedelta(days=7)
MOST_HELD = 50_000
"""Some 15 MB of amounts; a tick holds those that are stored besides."""
MOST_NAMED = 5
FEW = 10
"""So many accounts at most have their slots read by the week, more by the day: a piece is held in memory."""
MIXED = ""
States = Mapping[str, State | None]
"""How far each account is counted; None for one that no tick has counted yet."""
SlotsOf = Callable[[Span], Iterable[tuple[str, datetime, Totals]]]
"""Gives every account's quarter hours of [start, end), with its name."""


class CombinedReading(msgspec.Struct, frozen=True, kw_only=True):
    """What one tick has read of the accounts, where that of an account scans; of Poe it has asked nothing.

    `seen` are the sums of all slots of `spans`; `left` is what there was no time for. An account that was not
    read for longer than `late` is missing. `twins` are pairs of accounts that have a query in common.
    `filters` is what rules ask for.
    """

    state: State
    now: datetime
    accounts: States
    seen: Slots = {}
    spans: tuple[Span, ...] = ()
    left: tuple[Span, ...] = ()
    late: timedelta = FRESH
    twins: tuple[tuple[str, str], ...] = ()
    filters: Asked = ()
    pages: int = 0
    entries: int = 0
    unreadable: int = 0
    error: None = None

    @property
    def stored_span(self) -> Span:
        """Tell which whole days of slots must be read before it can be counted; empty where none."""
        if not self.spans:
            return self.now, self.now
        return day_of(min(start for start, _ in self.spans)), day_end(max(end for _, end in self.spans))


def is_several(together: State | None, alone: State | None) -> bool:
    """Tell by the states of their sum and of a lone account which of them is counted last."""
    if together is None or alone is None or alone.completed_at is None:
        return together is not None
    # Not by how far all are read: there still are several while one of them is behind.
    return together.combined is not None and together.combined.at >= alone.completed_at


def to_combine(state: State, accounts: States, now: datetime, filters: Asked = ()) -> tuple[Span, ...]:
    """Tell which spans have to be read again, newest first, in pieces of a week or, for many, of a day.

    That is what the accounts have written since the last time, what was left then, and once a day the last 48
    hours. With other accounts than before, or other filters, it is everything that a window can still hold;
    nothing older is ever read again. What is left of such a reading comes first: where accounts come and go
    all the time, one that began anew with each of them would never end.
    """
    known, oldest = state.combined, now - LONGEST_WINDOW
    if known is None:
        began = min(one.started_at for one in (state, *accounts.values()) if one)
        return _pieces([(max(began - RETENTION - DAY, oldest), now + FUTURE)], accounts)
    if known.accounts != _name(accounts, filters):
        # Who has left may have been monitored for longer than who is there.
        everything = oldest, now + FUTURE
        begun = [(max(start, oldest), end) for start, end in known.left if end > oldest]
        return (*_pieces(begun, accounts), *_pieces(outside(everything, begun), accounts))
    spans = [*known.left]
    for one in accounts.values():
        spans += written_since(one.recent_writes, known.at - SLOWEST_TICK) if one else ()
    if state.audited_at is None or now - state.audited_at >= DAY:
        spans.append((now - AUDITED, now))
    return _pieces(((max(start, oldest), end) for start, end in spans if end > oldest), accounts)


def read_combined(
    begun: CombinedReading, slots_of: SlotsOf, may_read: Callable[[], bool], settle: timedelta = FRESH
) -> CombinedReading:
    """Add up again what the accounts have written since the last time, while `may_read` allows it.

    It ends with the piece that makes MOST_HELD full, too, lest memory runs short; what is left is for the
    next tick. The accounts' states have to be read before their slots: what is written in between is found
    then. `settle` is how long a row may change.
    """
    spans = to_combine(begun.state, begun.accounts, begun.now, begun.filters)
    # What is older may have been read by another key than the account has now.
    new = {
        name: slot_of(one.cursor.at - settle) for name, one in begun.accounts.items() if one and one.cursor
    }
    seen: dict[datetime, Totals] = {}
    spent_by: dict[tuple[int, str], set[str]] = {}
    done = held = 0
    while done < len(spans) and held < MOST_HELD and may_read():
        found: dict[datetime, list[Totals]] = {}
        for account, slot, totals in slots_of(spans[done]):
            found.setdefault(slot, []).append(of_account(account, totals))
            for query in totals.largest if account in new and slot >= new[account] else ():
                spent_by.setdefault((query.created, query.query_id), set()).add(account)
        added = {slot: Totals.total(all_totals) for slot, all_totals in found.items()}
        held += sum(totals.width for totals in added.values())
        seen |= added
        done += 1
    groups = {tuple(sorted(names)) for names in spent_by.values() if len(names) > 1}
    return msgspec.structs.replace(
        begun,
        seen=seen,
        spans=spans[:done],
        left=spans[done:],
        twins=tuple(sorted({(first, other) for first, *others in groups for other in others})),
    )


def count_combined(reading: CombinedReading, stored: Slots, roster: Roster) -> Counted:
    """Decide what a reading changes, given all stored slots of its `stored_span`, and who was read when."""
    known = {slot for slot in stored if any(start <= slot < end for start, end in reading.spans)}
    group = grouping(reading.filters)
    seen = {
        slot: reading.seen.get(slot, Totals()).bounded(group=group).naming(None)
        for slot in {*known, *reading.seen}
    }
    changes = {slot: seen[slot] for slot in sorted(seen) if seen[slot] != stored.get(slot, Totals())}
    gaps = _unread(reading)
    through = not gaps and any(one and one.completed_at for one in reading.accounts.values())
    state = _next_state(reading, gaps, through=through)
    return Counted(
        changes=changes,
        state=state.changed(changes, reading.now, _unevaluated_from(changes, stored, reading, roster)),
        complete=through and not any(_is_late(one, reading) for one in reading.accounts.values()),
        bots=by_bot(changes, stored),
        group=group,
    )


def _unevaluated_from(
    changes: Slots, stored: Slots, reading: CombinedReading, roster: Roster
) -> datetime | None:
    """Tell from when on windows are to be evaluated for what accounts changed; None where that is no news.

    Who was not read yet when a window closed does not count in it, and who has left takes nothing away. What
    an account brings under a new name was known up to the last sum.
    """
    now = slot_of(reading.now)
    summed_at = reading.state.combined.at if reading.state.combined else reading.now
    read = {
        name: slot_of(max(one.read_at, min(one.since, summed_at))) if one.read_at else now
        for name, one in roster.present.items()
    }
    since = (
        max(slot, read.get(account, slot))
        for slot, totals in changes.items()
        for account in {one.api_key for one, _ in {*totals.items()} ^ {*stored.get(slot, Totals()).items()}}
        if account in reading.accounts or account not in roster.members
    )
    return min(since, default=None)


def _next_state(reading: CombinedReading, gaps: Gaps, *, through: bool) -> State:
    state, states = reading.state, [one for one in reading.accounts.values() if one]
    # A digest waits for who is being read, not for who is away: of that one it says so.
    waited_for = [one for one in states if not _is_late(one, reading)]
    settled = [one.settled_until for one in waited_for if one.settled_until]
    completed = [one.completed_at for one in states if one.completed_at]
    audited = any(end - start >= AUDITED for start, end in merged([*reading.spans, *reading.left]))
    return msgspec.structs.replace(
        state,
        cursor=max((one.cursor for one in states if one.cursor), key=lambda one: one.created, default=None),
        gaps=gaps,
        settled_until=min(settled) if through and settled else state.settled_until,
        answered_at=min((one.read_until for one in waited_for if one.read_until), default=None),
        completed_at=min(completed) if through else state.completed_at,
        ticked_at=reading.now,
        audited_at=reading.now if audited else state.audited_at,
        read_from=max((one.known_from for one in states), default=None),
        holes=_holes(reading),
        combined=_combined(reading),
    )


def _holes(reading: CombinedReading) -> Holes:
    """Give what the accounts lack for good, and the accounts that were not read for long, or ever."""
    oldest, holes = reading.now - LONGEST_WINDOW, Holes()
    for why in (Why.ROWS, Why.LOST):
        lacking = [hole for one in reading.accounts.values() if one for hole in one.holes if hole.why is why]
        holes = with_spans(holes, why, ((hole.start, hole.end) for hole in lacking), oldest)
    late = (
        Missing((one.read_until if one else None) or oldest, reading.now + FUTURE, Why.ACCOUNT, name)
        for name, one in sorted(reading.accounts.items())
        if _is_late(one, reading)
    )
    return (*holes, *islice(late, MOST_NAMED))


def _is_late(one: State | None, reading: CombinedReading) -> bool:
    """Tell whether an account was never read, or not for long."""
    return one is None or one.read_until is None or one.read_until < reading.now - reading.late


def _unread(reading: CombinedReading) -> Gaps:
    """Give what is not combined yet, or not read yet by an account, newest first."""
    gaps = [(gap.start, gap.end) for one in reading.accounts.values() if one for gap in one.gaps]
    if _combined(reading).accounts == MIXED:
        gaps.append((slot_of(reading.now - LONGEST_WINDOW), slot_end(reading.now)))
    if any(_is_awaited(one, reading) for one in reading.accounts.values()):
        gaps.append((slot_of(reading.now - RETENTION), slot_end(reading.now)))
    return tuple(
        Gap(start=start, end=end, after=None) for start, end in reversed(merged([*reading.left, *gaps]))
    )


def _is_awaited(one: State | None, reading: CombinedReading) -> bool:
    """Tell whether an account is still to be read for the first time.

    One whose key was never good is not waited for any longer: it says so itself, and the sum is sent all the
    same.
    """
    if one and (one.completed_at or one.gaps):
        return False
    return reading.now - (one or reading.state).started_at < FIRST_READING


def _combined(reading: CombinedReading) -> Combined:
    """Say how far all is read; a reading of everything that was begun is ended before the next one begins.

    It is then of no accounts in particular: what was read before is of others than what comes now.
    """
    name, known = _name(reading.accounts, reading.filters), reading.state.combined
    begun = merged(known.left) if known and known.accounts != name else []
    left = tuple(one for one in reading.left if any(one[0] < end and start < one[1] for start, end in begun))
    return Combined(reading.now, MIXED, left) if left else Combined(reading.now, name, reading.left)


def of_account(account: str, totals: Totals) -> Totals:
    """Name the account in place of its API keys: a sum is told apart by accounts."""
    grouped = totals.grouped(lambda one: Dimensions(one.bot, one.usage_type, account))
    largest = tuple(msgspec.structs.replace(query, api_key=account) for query in totals.largest)
    return Totals(dict(grouped.items()), largest)


def _pieces(spans: Iterable[Span], accounts: States) -> tuple[Span, ...]:
    """Cut spans into pieces that end with a quarter hour, newest first."""
    longest = PIECE if len(accounts) <= FEW else DAY
    whole = merged((slot_of(start), slot_end(end - MICROSECOND)) for start, end in spans)
    return tuple(piece for span in reversed(whole) for piece in _cut(*span, longest))


def _cut(first: datetime, end: datetime, longest: timedelta) -> Iterator[Span]:
    while first < end:
        start = max(first, day_of(end - MICROSECOND) + DAY - longest)
        yield start, end
        end = start


def _name(accounts: States, filters: Asked) -> str:
    """Give one name for all accounts, and for what rules ask for."""
    return identity(*sorted(accounts), *filters)

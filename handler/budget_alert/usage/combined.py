"""The usage of several accounts, summed: what to sum again, and what that changes."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

import msgspec

from budget_alert.identity import identity
from budget_alert.instants import DAY, MICROSECOND, day_end, day_of, slot_end, slot_of
from budget_alert.usage.count import Counted, by_bot
from budget_alert.usage.gaps import Gap, Gaps
from budget_alert.usage.grouping import Asked, grouping
from budget_alert.usage.missing import Holes, Missing, Why, with_spans
from budget_alert.usage.recent_writes import touched_since
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import FRESH, RETENTION, State, Summed
from budget_alert.usage.strands import FUTURE
from budget_alert.usage.totals import Dimensions, Slots, Span, Totals, merged, outside

SLOWEST_TICK = timedelta(minutes=15)
"""Lambda ends every tick by then, so what began earlier is written:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
AUDITED = timedelta(hours=48)
LONGEST_WINDOW = timedelta(days=92)
PIECE = timedelta(days=7)
FIRST_READING = timedelta(hours=1)
MIXED = ""
MOST_NAMED = 5
FEW = 10
"""So many accounts at most have their slots read by the week, more by the day: a piece is held in memory."""
States = Mapping[str, State | None]
"""How far each account is counted; None for one that no tick has counted yet."""


class Partitions(Protocol):
    """What was counted of the accounts."""

    def states(self) -> States:
        """Tell how far each of them is counted."""

    def slots(self, span: Span) -> Iterable[tuple[str, datetime, Totals]]:
        """Give every account's quarter hours of [start, end), with its name."""


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What one tick has read of the accounts, where another one scans.

    `seen` are the sums of all slots of `spans`; `left` is what there was no time for. An account that was not
    read for longer than `late` is missing. `twins` are pairs of accounts that have a query in common.
    `filters` is what rules ask for. Of Poe it has asked nothing.
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
        """Tell which whole days of slots must be read before the sums can be counted; empty where none."""
        if not self.spans:
            return self.now, self.now
        return day_of(min(start for start, _ in self.spans)), day_end(max(end for _, end in self.spans))


def is_several(together: State | None, alone: State | None) -> bool:
    """Tell by the states of their sum and of a lone account which of them is counted last."""
    if together is None or alone is None or alone.completed_at is None:
        return together is not None
    # Not by how far all are read: there still are several while one of them is behind.
    return together.summed is not None and together.summed.at >= alone.completed_at


def to_sum(state: State, accounts: States, now: datetime, filters: Asked = ()) -> tuple[Span, ...]:
    """Tell which spans have to be summed again, newest first, in pieces of a week or, for many, of a day.

    That is what the accounts have written since the last sum, what was left then, and once a day the last 48
    hours. With other accounts than before, or other filters, it is everything that a window can still hold;
    nothing older is ever summed again. What is left of such a sum comes first: where accounts come and go all
    the time, one that began anew with each of them would never end.
    """
    known, oldest = state.summed, now - LONGEST_WINDOW
    if known is None:
        began = min(one.started_at for one in (state, *accounts.values()) if one)
        return _pieces([(max(began - RETENTION - DAY, oldest), now + FUTURE)], accounts)
    if known.accounts != _name(accounts, filters):
        # Who has left may have been watched for longer than who is there.
        everything = oldest, now + FUTURE
        begun = [(max(start, oldest), end) for start, end in known.left if end > oldest]
        return (*_pieces(begun, accounts), *_pieces(outside(everything, begun), accounts))
    spans = [*known.left]
    for one in accounts.values():
        spans += touched_since(one.touches, known.at - SLOWEST_TICK) if one else ()
    if state.audited_at is None or now - state.audited_at >= DAY:
        spans.append((now - AUDITED, now))
    return _pieces(((max(start, oldest), end) for start, end in spans if end > oldest), accounts)


def of_account(account: str, totals: Totals) -> Totals:
    """Name the account in place of its API keys: a sum is told apart by accounts."""
    grouped = totals.grouped(lambda part: Dimensions(part.bot, part.usage_type, account))
    largest = tuple(msgspec.structs.replace(query, api_key=account) for query in totals.largest)
    return Totals(dict(grouped.items()), largest)


def summed(sums: Sums, stored: Slots, roster: Roster) -> Counted:
    """Decide what sums change, given all stored slots of `sums.stored_span`, and who was read since when."""
    known = {slot for slot in stored if any(start <= slot < end for start, end in sums.spans)}
    group = grouping(sums.filters)
    seen = {
        slot: sums.seen.get(slot, Totals()).bounded(group=group).naming(None) for slot in {*known, *sums.seen}
    }
    changes = {slot: seen[slot] for slot in sorted(seen) if seen[slot] != stored.get(slot, Totals())}
    points = sum(changes[slot].points - stored.get(slot, Totals()).points for slot in changes)
    gaps = _unread(sums)
    through = not gaps and any(one and one.completed_at for one in sums.accounts.values())
    state = _next_state(sums, gaps, points, through=through)
    return Counted(
        changes=changes,
        state=state.changed(changes, sums.now, _unevaluated_from(changes, stored, sums, roster)),
        points=points,
        complete=through and not any(_is_late(one, sums) for one in sums.accounts.values()),
        error=None,
        bots=by_bot(changes, stored),
        corrected=0,
        lost=None,
        group=group,
    )


def _unevaluated_from(changes: Slots, stored: Slots, sums: Sums, roster: Roster) -> datetime | None:
    """Tell from when on windows are to be judged for what has changed; None where that is no news.

    Who was not read yet when a window closed does not count in it, and who has left takes nothing away.
    """
    now = slot_of(sums.now)
    read = {
        name: slot_of(max(one.read_at, one.since)) if one.read_at else now
        for name, one in roster.present.items()
    }
    since = (
        max(slot, read.get(account, slot))
        for slot, totals in changes.items()
        for account in _differing(totals, stored.get(slot, Totals()))
        if account in sums.accounts or account not in roster.members
    )
    return min(since, default=None)


def _differing(totals: Totals, known: Totals) -> set[str]:
    """Name the accounts of which two totals say something else."""
    return {part.api_key for part, _ in set(totals.items()) ^ set(known.items())}


def _next_state(sums: Sums, gaps: Gaps, points: int, *, through: bool) -> State:
    state, states = sums.state, [one for one in sums.accounts.values() if one]
    # A digest waits for who is being read, not for who is away: of that one it says so.
    waited_for = [one for one in states if not _is_late(one, sums)]
    settled = [one.settled_until for one in waited_for if one.settled_until]
    completed = [one.completed_at for one in states if one.completed_at]
    audited = any(end - start >= AUDITED for start, end in merged([*sums.spans, *sums.left]))
    return msgspec.structs.replace(
        state,
        cursor=max((one.cursor for one in states if one.cursor), key=lambda one: one.created, default=None),
        gaps=gaps,
        settled_until=min(settled) if through and settled else state.settled_until,
        answered_at=min((one.read_until for one in waited_for if one.read_until), default=None),
        completed_at=min(completed) if through else state.completed_at,
        ticked_at=sums.now,
        audited_at=sums.now if audited else state.audited_at,
        counted=state.counted + points,
        read_from=max((one.known_from for one in states), default=None),
        holes=_holes(sums),
        summed=_summed(sums),
    )


def _holes(sums: Sums) -> Holes:
    """Give what the accounts lack for good, and the accounts that were not read for long, or ever."""
    oldest, holes = sums.now - LONGEST_WINDOW, Holes()
    for why in (Why.ROWS, Why.LOST):
        lacking = [hole for one in sums.accounts.values() if one for hole in one.holes if hole.why is why]
        holes = with_spans(holes, why, ((hole.start, hole.end) for hole in lacking), oldest)
    late = (
        Missing((one.read_until if one else None) or oldest, sums.now + FUTURE, Why.ACCOUNT, name)
        for name, one in sorted(sums.accounts.items())
        if _is_late(one, sums)
    )
    return (*holes, *islice(late, MOST_NAMED))


def _is_late(one: State | None, sums: Sums) -> bool:
    """Tell whether an account was never read, or not for long."""
    return one is None or one.read_until is None or one.read_until < sums.now - sums.late


def _unread(sums: Sums) -> Gaps:
    """Give what is not summed yet, or not read yet by an account, newest first."""
    gaps = [(gap.start, gap.end) for one in sums.accounts.values() if one for gap in one.gaps]
    if _summed(sums).accounts != _name(sums.accounts, sums.filters):
        gaps.append((slot_of(sums.now - LONGEST_WINDOW), slot_end(sums.now)))
    if any(_is_awaited(one, sums) for one in sums.accounts.values()):
        gaps.append((slot_of(sums.now - RETENTION), slot_end(sums.now)))
    return tuple(
        Gap(start=start, end=end, after=None) for start, end in reversed(merged([*sums.left, *gaps]))
    )


def _is_awaited(one: State | None, sums: Sums) -> bool:
    """Tell whether an account is still to be read for the first time.

    One whose key was never good is not waited for any longer: it says so itself, and the sum is told all the
    same.
    """
    if one and (one.completed_at or one.gaps):
        return False
    return sums.now - (one or sums.state).started_at < FIRST_READING


def _summed(sums: Sums) -> Summed:
    """Say how far all is summed; a sum of everything that was begun is ended before the next one begins.

    It is then over no accounts in particular: what was summed before is over others than what comes now.
    """
    name, known = _name(sums.accounts, sums.filters), sums.state.summed
    begun = merged(known.left) if known and known.accounts != name else []
    left = tuple(one for one in sums.left if any(one[0] < end and start < one[1] for start, end in begun))
    return Summed(sums.now, MIXED, left) if left else Summed(sums.now, name, sums.left)


def _name(accounts: States, filters: Asked) -> str:
    return identity(*sorted(accounts), *filters)


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

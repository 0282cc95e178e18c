"""What a reading of several accounts changes in their sum, and the next state of that."""

from datetime import datetime, timedelta
from itertools import islice

import msgspec

from budget_alert.instants import slot_end, slot_of
from budget_alert.usage.combined import LONGEST_WINDOW, MOST_NAMED, CombinedReading
from budget_alert.usage.count import Counted, by_bot
from budget_alert.usage.gaps import Gap, Gaps
from budget_alert.usage.grouping import grouping
from budget_alert.usage.missing import Holes, Missing, Why, with_spans
from budget_alert.usage.part_scans import AUDITED, FUTURE
from budget_alert.usage.roster import Roster
from budget_alert.usage.slots import Slots, merged
from budget_alert.usage.state import RETENTION, Combined, State
from budget_alert.usage.totals import Totals

FIRST_READING = timedelta(hours=1)
MIXED = ""


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

    Who was not read yet when a window closed does not count in it, and who has left takes nothing away.
    """
    now = slot_of(reading.now)
    read = {
        name: slot_of(max(one.read_at, one.since)) if one.read_at else now
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
    if _combined(reading).accounts != reading.name:
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
    name, known = reading.name, reading.state.combined
    begun = merged(known.left) if known and known.accounts != name else []
    left = tuple(one for one in reading.left if any(one[0] < end and start < one[1] for start, end in begun))
    return Combined(reading.now, MIXED, left) if left else Combined(reading.now, name, reading.left)

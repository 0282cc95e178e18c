"""What a scan saw, against what is stored: the slots to replace, the gaps that stay, the next state."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import msgspec

from budget_alert.errors import ListBrokenError, ScanError
from budget_alert.instants import SLOT, from_micros, slot_end, slot_of
from budget_alert.usage.missing import Gaps, Holes, Why, join, overlaps, subtract, with_spans, without_span
from budget_alert.usage.part_scans import FUTURE, GapScan, PartScan
from budget_alert.usage.scan import NEVER_LOWERED, Scan, Seen
from budget_alert.usage.slots import Slots, Span
from budget_alert.usage.state import RETENTION, State
from budget_alert.usage.totals import Group, Totals, of_key

REMEMBERED = timedelta(days=400)
"""So long it is remembered what could not be counted: usage is kept no longer."""
CUT_SHORT = (
    "Poe's usage history ends above usage that was counted before and is less than 29 days old. Nothing "
    "that was counted is taken back, and the next tick looks again; if this lasts, tell Poe's support"
)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written: the slots whose totals changed, and the state that stands for them."""

    changes: dict[datetime, Totals]
    state: State
    complete: bool
    error: ScanError | None = None
    """What the scan failed on, if it failed."""
    bots: tuple[tuple[str, int], ...]
    """What the changes add to each bot, most first."""
    corrected: int = 0
    """What an audit found changed in slots that an ordinary scan no longer reads, in points."""
    lost: Span | None = None
    """The span whose usage is unknown for good, because Poe no longer lists it."""
    group: Group = of_key
    """What the rest of a day with too many parts is added up to."""

    @property
    def points(self) -> int:
        """What the changes add to all totals; negative after a correction."""
        return sum(points for _, points in self.bots)


def count(scan: Scan, stored: Slots) -> Counted:
    """Decide what a scan changes, given all stored slots of its `stored_span`."""
    cut_short = {part for part in scan.parts if _ends_too_early(part, stored, scan.now)}
    seen = scan.seen_from(cut_short)
    gaps = _left_unread(scan, cut_short, seen.get(scan.head))
    whole = _seen_whole(scan, seen, stored, gaps)
    changes = {slot: totals for slot, totals in whole.items() if _differs(slot, totals, stored, scan)}
    late = [slot for slot in changes if scan.head.corrects_before and slot < scan.head.corrects_before]
    corrected = sum(changes[slot].points - stored.get(slot, Totals()).points for slot in late)
    error = scan.error or (ListBrokenError(CUT_SHORT) if cut_short else None)
    # Pages of nothing but unreadable rows show nothing, not even where to go on.
    shown = scan.head.done or scan.head.lowest is not None
    complete = error is None and shown and not gaps
    state = _next_state(scan, seen, gaps, complete=complete, corrected=corrected)
    return Counted(
        changes=changes,
        state=state.changed(changes, scan.now, min(changes, default=None)),
        complete=complete,
        error=error,
        bots=by_bot(changes, stored),
        corrected=corrected,
        lost=_lost(scan.state, scan.now),
    )


def _ends_too_early(part: PartScan, stored: Slots, now: datetime) -> bool:
    """Tell whether the list ended above usage that is stored and too young to have left Poe's list."""
    if not part.ended:
        return False
    last = now + FUTURE if part.lowest is None else slot_of(from_micros(part.lowest))
    seen = part.slots.get(last, Totals()).queries
    young = {slot: totals.queries for slot, totals in stored.items() if now - NEVER_LOWERED <= slot <= last}
    at_last = young.pop(last, 0)
    return any(young.values()) or (not part.reached and at_last > seen)


def _left_unread(scan: Scan, cut_short: AbstractSet[PartScan], head_from: datetime | None) -> Gaps:
    older = tuple(part.rest() for part in scan.gap_scans if part in cut_short or not part.done)
    older = subtract(older, head_from) if head_from else older
    newer = scan.head.rest() if scan.head in cut_short or not scan.head.done else None
    return join(newer, older) if newer else older


def _seen_whole(scan: Scan, seen: Seen, stored: Slots, gaps: Gaps) -> dict[datetime, Totals]:
    """Give every slot seen whole, also those that are stored and turned out to be empty."""
    whole: dict[datetime, Totals] = {}
    # Last the head scan, whose reading is the newest.
    for part in reversed(seen):
        met = (slot for slot in {*part.slots, *stored} if seen[part] <= slot < part.top)
        whole |= {slot: part.slots.get(slot, Totals()) for slot in met}
    return {
        slot: totals.bounded().naming(scan.costly)
        for slot, totals in whole.items()
        if not overlaps(gaps, (slot, slot + SLOT))
    }


def _differs(slot: datetime, totals: Totals, stored: Slots, scan: Scan) -> bool:
    """Tell whether a slot is replaced: rows that leave Poe's list or cannot be read take nothing back."""
    known = stored.get(slot, Totals())
    leaving = slot < scan.now - NEVER_LOWERED
    missing = totals.queries < known.queries and (leaving or scan.unreadable > 0)
    return totals != known and not missing


def by_bot(changes: Slots, stored: Slots) -> tuple[tuple[str, int], ...]:
    """Give what changes add to each bot, most first."""
    bots = dict(Totals.total(changes.values()).by_bot())
    for bot, points in Totals.total(stored[slot] for slot in changes if slot in stored).by_bot():
        bots[bot] = bots.get(bot, 0) - points
    added = [(bot, points) for bot, points in bots.items() if points]
    return tuple(sorted(added, key=lambda bot: (-abs(bot[1]), bot[0])))


def _lost(state: State, now: datetime) -> Span | None:
    """Tell what no scan can read any more; a watched account has lost nothing, however idle it was."""
    kept_from = now - RETENTION
    if state.completed_at is None or state.completed_at >= kept_from:
        return None
    return state.completed_at, kept_from


def _next_state(scan: Scan, seen: Seen, gaps: Gaps, *, complete: bool, corrected: int) -> State:
    state, now, head = scan.state, scan.now, scan.head
    since = state.incomplete_since or now
    settled = max(since - scan.settle, state.settled_until or since - scan.settle)
    known_from = _known_from(scan)
    return msgspec.structs.replace(
        state,
        cursor=head.moved(),
        gaps=gaps,
        settled_until=settled if complete else state.settled_until,
        incomplete_since=since if gaps else None,
        completed_at=now if complete else state.completed_at,
        answered_at=now if complete or head.lowest is not None else state.answered_at,
        ticked_at=now,
        audited_at=now if head.audits and (complete or head.lowest) else state.audited_at,
        holes=_holes(scan, seen, known_from),
        read_from=None if known_from == state.started_at - RETENTION else known_from,
        corrected=state.corrected + corrected,
    )


def _known_from(scan: Scan) -> datetime:
    """Tell before which instant nothing could be read, the first scan having come too late for it."""
    state = scan.state
    never_read = state.cursor is None and state.answered_at is None and state.completed_at is None
    known_from = scan.now - RETENTION if never_read and scan.pages else state.known_from
    return max([known_from, *(end for start, end in scan.expired if start <= known_from)])


def _holes(scan: Scan, seen: Seen, known_from: datetime) -> Holes:
    """Remember what can never be counted, and the quarter hours in which rows could not be read."""
    oldest, holes = scan.now - REMEMBERED, scan.state.holes
    gone = [*scan.expired]
    if scan.read_until is not None and scan.pages:
        # What had left Poe's list by the first answer after a long silence.
        gone.append((scan.read_until, scan.now - RETENTION))
    holes = with_spans(holes, Why.LOST, ((max(start, known_from), end) for start, end in gone), oldest)
    kept_from = slot_end(scan.now - NEVER_LOWERED)
    for part, start in seen.items():
        # Who goes on after a row does not see again what an earlier tick could not read.
        if not (isinstance(part, GapScan) and part.gap.after is not None):
            holes = without_span(holes, Why.ROWS, (max(start, kept_from), part.top))
    # A row that could be newer than all others is not from the future.
    end = slot_end(scan.now)
    spoiled = [(span[0], min(span[1], end)) for part in scan.parts for span in part.spoiled]
    return with_spans(holes, Why.ROWS, spoiled, oldest)

"""What a walk saw, against what is stored: the slots to replace, the gaps that stay, the next state."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import msgspec

from budget_alert.accounting.gaps import Gaps, join, overlaps, subtract
from budget_alert.accounting.missing import Why, with_spans, without_span
from budget_alert.accounting.state import RETENTION, State
from budget_alert.accounting.strands import FUTURE, Strand, Tail
from budget_alert.accounting.usage import Group, Slots, Span, Tally, of_key
from budget_alert.accounting.walk import Walk
from budget_alert.errors import ListBrokenError, WalkError
from budget_alert.instants import SLOT, day_end, day_of, from_micros, slot_end, slot_of

NEVER_LOWERED = timedelta(days=29)
"""Slots older than this are about to leave Poe's list: rows missing there say nothing."""
REMEMBERED = timedelta(days=400)
"""So long it is remembered what could not be counted: usage is kept no longer."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written: the slots whose tally changed, and the state that stands for them."""

    changes: dict[datetime, Tally]
    state: State
    points: int
    """What the changes add to all totals; negative after a correction."""
    complete: bool
    error: WalkError | None
    """What the walk failed on, if it failed."""
    bots: tuple[tuple[str, int], ...]
    """What the changes add to each bot, most first."""
    corrected: int
    """What an audit found changed in slots that an ordinary walk no longer reads, in points."""
    lost: Span | None
    """The span whose usage is unknown for good, because Poe no longer lists it."""
    group: Group = of_key
    """What the rest of a day with too many parts is added up to."""


def stored_span(walk: Walk) -> Span:
    """Tell which whole days of slots must be read before a walk can be counted; empty where none."""
    starts = [bottom for strand in walk.strands if (bottom := _bottom(strand, set())) is not None]
    starts += [walk.now - NEVER_LOWERED for strand in walk.strands if strand.ended]
    return (day_of(min(starts)), day_end(walk.now + FUTURE)) if starts else (walk.now, walk.now)


def count(walk: Walk, stored: Slots) -> Counted:
    """Decide what a walk changes, given all stored slots of `stored_span(walk)`."""
    cut_short = {strand for strand in walk.strands if _ends_too_early(strand, stored, walk.now)}
    gaps = _left_unread(walk, cut_short)
    whole = _seen_whole(walk, cut_short, stored, gaps)
    changes = {slot: tally for slot, tally in whole.items() if _differs(slot, tally, stored, walk)}
    added = {slot: tally.points - stored.get(slot, Tally()).points for slot, tally in changes.items()}
    points, corrected = sum(added.values()), sum(added[slot] for slot in added if _beyond_reach(slot, walk))
    error = walk.error or (_cut_short_error() if cut_short else None)
    # Pages of nothing but unreadable rows show nothing, not even where to go on.
    shown = walk.head.done or walk.head.lowest is not None
    complete = error is None and shown and not gaps
    state = _with_holes(_next_state(walk, gaps, changes, complete=complete), walk, cut_short)
    return Counted(
        changes=changes,
        state=msgspec.structs.replace(
            state, counted=state.counted + points, corrected=state.corrected + corrected
        ),
        points=points,
        complete=complete,
        error=error,
        bots=by_bot(changes, stored),
        corrected=corrected,
        lost=_lost(walk.state, walk.now),
    )


def _ends_too_early(strand: Strand, stored: Slots, now: datetime) -> bool:
    """Tell whether the list ended above usage that is stored and too young to have left Poe's list."""
    if not strand.ended:
        return False
    last = now + FUTURE if strand.lowest is None else slot_of(from_micros(strand.lowest))
    seen = strand.slots.get(last, Tally()).queries
    young = {slot: tally.queries for slot, tally in stored.items() if now - NEVER_LOWERED <= slot <= last}
    at_last = young.pop(last, 0)
    return any(young.values()) or (not strand.reached and at_last > seen)


def _left_unread(walk: Walk, cut_short: AbstractSet[Strand]) -> Gaps:
    rests = [tail.rest() for tail in walk.tails if tail in cut_short or not tail.done]
    bottom = _bottom(walk.head, cut_short)
    older = subtract(tuple(rests), bottom) if bottom else tuple(rests)
    newer = walk.head.rest() if walk.head in cut_short or not walk.head.done else None
    return join(newer, older) if newer else older


def _bottom(strand: Strand, cut_short: AbstractSet[Strand]) -> datetime | None:
    """Tell from which quarter hour on the strand saw everything; None where it saw nothing whole."""
    if strand.ended and strand not in cut_short:
        return slot_end(from_micros(strand.floor - 1))
    return strand.bottom if strand.pages else None


def _seen_whole(
    walk: Walk, cut_short: AbstractSet[Strand], stored: Slots, gaps: Gaps
) -> dict[datetime, Tally]:
    """Give every slot seen whole, also those that are stored and turned out to be empty."""
    whole: dict[datetime, Tally] = {}
    for strand in (*walk.tails, walk.head):
        bottom = _bottom(strand, cut_short)
        met = {*strand.slots, *stored} if bottom else ()
        whole |= {
            slot: strand.slots.get(slot, Tally()) for slot in met if bottom and bottom <= slot < strand.top
        }
    return {
        slot: tally.bounded().naming(walk.costly)
        for slot, tally in whole.items()
        if not overlaps(gaps, (slot, slot + SLOT))
    }


def _differs(slot: datetime, tally: Tally, stored: Slots, walk: Walk) -> bool:
    """Tell whether a slot is replaced: rows that leave Poe's list or cannot be read take nothing back."""
    known = stored.get(slot, Tally())
    leaving = slot < walk.now - NEVER_LOWERED
    missing = tally.queries < known.queries and (leaving or walk.unreadable > 0)
    return tally != known and not missing


def by_bot(changes: Slots, stored: Slots) -> tuple[tuple[str, int], ...]:
    """Give what changes add to each bot, most first."""
    bots = dict(Tally.total(changes.values()).by_bot())
    for bot, points in Tally.total(stored[slot] for slot in changes if slot in stored).by_bot():
        bots[bot] = bots.get(bot, 0) - points
    added = [(bot, points) for bot, points in bots.items() if points]
    return tuple(sorted(added, key=lambda bot: (-abs(bot[1]), bot[0])))


def _beyond_reach(slot: datetime, walk: Walk) -> bool:
    """Tell whether only the audit has seen a slot; the first walk of all is none."""
    return walk.head.audits and walk.state.audited_at is not None and slot < walk.head.within_reach


def _lost(state: State, now: datetime) -> Span | None:
    """Tell what no walk can read any more; a watched account has lost nothing, however idle it was."""
    kept_from = now - RETENTION
    if state.completed_at is None or state.completed_at >= kept_from:
        return None
    return state.completed_at, kept_from


def _with_holes(state: State, walk: Walk, cut_short: AbstractSet[Strand]) -> State:
    """Remember what can never be counted, and the quarter hours in which rows could not be read."""
    known_from, oldest = _known_from(walk), walk.now - REMEMBERED
    lost = [(max(start, known_from), end) for start, end in (*walk.expired, *_outage(walk))]
    holes = with_spans(state.holes, Why.LOST, lost, oldest)
    for span in _read_anew(walk, cut_short):
        holes = without_span(holes, Why.ROWS, span)
    # A row that could be newer than all others is not from the future.
    end = slot_end(walk.now)
    spoiled = [(span[0], min(span[1], end)) for strand in walk.strands for span in strand.spoiled]
    holes = with_spans(holes, Why.ROWS, spoiled, oldest)
    read_from = None if known_from == state.started_at - RETENTION else known_from
    return msgspec.structs.replace(state, holes=holes, read_from=read_from)


def _known_from(walk: Walk) -> datetime:
    """Tell before which instant nothing could be read, the first walk having come too late for it."""
    state = walk.state
    never_read = state.cursor is None and state.answered_at is None and state.completed_at is None
    known_from = walk.now - RETENTION if never_read and walk.pages else state.known_from
    return max([known_from, *(end for start, end in walk.expired if start <= known_from)])


def _outage(walk: Walk) -> Iterator[Span]:
    """Give what had left Poe's list by the first answer after a long silence."""
    if walk.read_until is not None and walk.pages:
        yield walk.read_until, walk.now - RETENTION


def _read_anew(walk: Walk, cut_short: AbstractSet[Strand]) -> Iterator[Span]:
    """Give what this walk has read from end to end, but for what is about to leave Poe's list.

    Who goes on after a row does not see again what an earlier tick could not read.
    """
    kept_from = slot_end(walk.now - NEVER_LOWERED)
    for strand in walk.strands:
        goes_on = isinstance(strand, Tail) and strand.gap.after is not None
        bottom = _bottom(strand, cut_short)
        if bottom is not None and not goes_on:
            yield max(bottom, kept_from), strand.top


def _cut_short_error() -> WalkError:
    return ListBrokenError(
        "Poe's usage history ends above usage that was counted before and is less than 29 days old. Nothing "
        "that was counted is taken back, and the next tick looks again; if this lasts, tell Poe's support"
    )


def _next_state(walk: Walk, gaps: Gaps, changes: Slots, *, complete: bool) -> State:
    state = walk.state
    since = state.incomplete_since or walk.now
    settled = max(since - walk.settle, state.settled_until or since - walk.settle)
    moved = msgspec.structs.replace(
        state,
        cursor=walk.head.moved(),
        gaps=gaps,
        settled_until=settled if complete else state.settled_until,
        incomplete_since=since if gaps else None,
        completed_at=walk.now if complete else state.completed_at,
        answered_at=walk.now if complete or walk.head.lowest is not None else state.answered_at,
        ticked_at=walk.now,
        audited_at=walk.now if walk.head.audits and (complete or walk.head.lowest) else state.audited_at,
    )
    return moved.changed(changes, walk.now, min(changes, default=None))

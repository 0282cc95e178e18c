"""How far the account is counted: the item that every write of the ledger is conditional on."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from budget_alert.instants import SLOT, from_micros, slot_end
from budget_alert.usage.missing import Gaps, Holes, Missing, Why, in_span
from budget_alert.usage.slots import Slots, Span, merged

RETENTION = timedelta(days=30)
"""How long Poe keeps rows."""
FRESH = timedelta(hours=1)
"""So long after it was read, usage counts as read."""
MOST_WRITES = 12
MOST_AT_ONCE = 4
"""One tick adds no more, so that those of the last few ticks stay apart from what is older."""
NEAR = timedelta(hours=1)
"""Slots so near to each other are one, or farther ones where there would be too many."""


class RecentWrite(msgspec.Struct, frozen=True, array_like=True):
    """Slots of [start, end) were written by a tick that began at `at`."""

    start: datetime
    end: datetime
    at: datetime


RecentWrites = tuple[RecentWrite, ...]
"""Newest writing first."""


class Cursor(msgspec.Struct, frozen=True):
    """The newest entry counted: its creation in microseconds since 1970, and its query id."""

    created: int
    query_id: str

    @property
    def at(self) -> datetime:
        """The instant of its creation."""
        return from_micros(self.created)


class Combined(msgspec.Struct, frozen=True):
    """How far accounts are combined: as of which tick, which of them, and what is still to be read of them.

    `accounts` is one name for all of theirs, and for what rules ask for; `left` are spans of slots, newest
    first.
    """

    at: datetime
    accounts: str
    left: tuple[Span, ...] = ()


class State(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"unevaluated_from": "unjudged_from", "recent_writes": "touches", "combined": "summed"},
):
    """Where the accounting stands between two ticks.

    `settled_until`: every entry created before it was read at least `settle` after its creation.
    `incomplete_since`: when the first of the gaps now open was opened. `completed_at`: the last tick that
    reached its horizon and left no gap, `answered_at` the last to which Poe gave rows, or an end of the list
    that is believed (of a sum, up to when all were read who are not missing), `ticked_at` the last that has
    written, whatever it met. `unevaluated_from`: the oldest instant whose usage has changed since the last
    evaluation. `audited_at`: the last tick that began to read the last 48 hours again. `outbox_since`:
    when the oldest alert was written that a channel may still be owed. `corrected` is what audits ever added
    to the totals, in points. `noted` is the version with which memory was written last. `combined` is there
    only where the items are sums of accounts. `read_from` is the instant before which nothing could be read,
    None where that is 30 days before `started_at`. `holes` is what is missing and may never be counted.
    `version` rises with every write.
    """

    started_at: datetime
    # What is as here is not stored, so none of these may ever become another one.
    version: int = 0
    cursor: Cursor | None = None
    gaps: Gaps = ()
    settled_until: datetime | None = None
    incomplete_since: datetime | None = None
    completed_at: datetime | None = None
    answered_at: datetime | None = None
    ticked_at: datetime | None = None
    unevaluated_from: datetime | None = None
    audited_at: datetime | None = None
    outbox_since: datetime | None = None
    corrected: int = 0
    noted: int = 0
    recent_writes: RecentWrites = ()
    combined: Combined | None = None
    read_from: datetime | None = None
    holes: Holes = ()

    @property
    def known_from(self) -> datetime:
        """The instant before which nothing could be read."""
        return self.read_from or self.started_at - RETENTION

    @property
    def read_until(self) -> datetime | None:
        """Up to when all but the gaps was read; None where nothing ever was."""
        if self.combined:
            return self.combined.at
        # While a gap is open, each tick still reads what is new.
        return (self.answered_at if self.gaps else None) or self.completed_at

    @property
    def whole_until(self) -> datetime | None:
        """Up to when a sum lacks nothing but what is known to be missing; None where it may lack anything."""
        return self.answered_at if self.combined else self.read_until

    def missing(self, span: Span, now: datetime) -> Holes:
        """Tell, as of `now`, why more may have been used in [start, end) than is counted, if so."""
        until = self.read_until or self.known_from
        lacking = [Missing(gap.start, gap.end, Why.UNREAD) for gap in self.gaps]
        lacking += [Missing(until, slot_end(now), Why.UNREAD)] if now - until > FRESH else []
        lacking += [Missing(min(span[0], self.known_from), self.known_from, Why.BEFORE)]
        return in_span((*lacking, *self.holes), span)

    def unread(self, span: Span, now: datetime) -> bool:
        """Tell, as of `now`, whether any part of [start, end) is still to be read."""
        return any(missing.why is Why.UNREAD for missing in self.missing(span, now))

    def unevaluated(self, since: datetime) -> "State":
        """Move the mark of what is unevaluated back to an instant."""
        mark = since if self.unevaluated_from is None else min(self.unevaluated_from, since)
        return msgspec.structs.replace(self, unevaluated_from=mark)

    def changed(self, changes: Slots, now: datetime, since: datetime | None) -> "State":
        """Remember what the tick that began at `now` writes: it is to be combined, and to be evaluated.

        Windows are to be evaluated from `since` on; None where what has changed is no news to any.
        """
        marked = self.unevaluated(since) if since else self
        writes = with_written(self.recent_writes, changes, now) if changes else self.recent_writes
        return msgspec.structs.replace(marked, recent_writes=writes)


def with_written(known: RecentWrites, slots: Iterable[datetime], now: datetime) -> RecentWrites:
    """Add the slots that a tick writes.

    What is written again is known by its last time. Of too many, the two oldest become one that spans both:
    who was away for long reads more again than was written, and never less.
    """
    new = tuple(RecentWrite(start, end, now) for start, end in reversed(_runs(slots)))
    return _shortened((*new, *(old for old in known if not any(_covers(one, old) for one in new))))


def written_since(known: RecentWrites, instant: datetime | None) -> list[Span]:
    """Give the spans that hold every slot written by ticks that began at or after an instant, or ever."""
    return merged((one.start, one.end) for one in known if instant is None or one.at >= instant)


def _shortened(writes: RecentWrites) -> RecentWrites:
    while len(writes) > MOST_WRITES:
        *rest, last, oldest = writes
        start, end = min(last.start, oldest.start), max(last.end, oldest.end)
        writes = (*rest, RecentWrite(start, end, max(last.at, oldest.at)))
    return writes


def _covers(one: RecentWrite, old: RecentWrite) -> bool:
    """Tell whether a write says all that an old one does; of two ticks at once, the older may write last."""
    return one.start <= old.start and old.end <= one.end and old.at <= one.at


def _runs(slots: Iterable[datetime]) -> list[Span]:
    near, single = NEAR, [(slot, slot + SLOT) for slot in slots]
    while len(runs := merged(single, near)) > MOST_AT_ONCE:
        near *= 2
    return runs

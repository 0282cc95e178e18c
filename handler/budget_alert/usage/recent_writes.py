"""Which quarter hours were written when, so that who combines accounts knows what to read again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from budget_alert.instants import SLOT
from budget_alert.usage.slots import Span, merged

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

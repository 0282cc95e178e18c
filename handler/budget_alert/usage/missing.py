"""What a sum lacks: gaps that are still to be read, and why else it may be more than it says."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from budget_alert.instants import SLOT, slot_end, to_micros
from budget_alert.usage.slots import Span, merged, outside
from budget_alert.usage.totals import Totals

MOST_SPANS = 12
"""So many are remembered of one reason; where there are more, neighbours become one."""
MOST_GIVEN = 8


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """The quarter hours in [start, end) that no scan has seen whole.

    Reading goes on after the row `after`, from newer to older; `seen_down_to` is the creation of the
    oldest row read so far, in microseconds since 1970. `partial` is what was already seen of the newest
    slot. Where `after` is None the place is found again from the head of the list. `found_again` says
    that this has happened: only then is an empty page believed to be the end of the list. `spoiled` says that
    a row before `after`, or that row itself, could not be read and may be from the gap.
    """

    start: datetime
    end: datetime
    after: str | None
    seen_down_to: int | None = None
    partial: Totals = Totals()
    found_again: bool = False
    spoiled: bool = False

    @property
    def top_slot(self) -> datetime:
        """The start of the newest slot, the one that may be half-read."""
        return self.end - SLOT

    @property
    def ceiling(self) -> int:
        """Rows created after this, in microseconds since 1970, are passed over: they are counted."""
        return to_micros(self.end) - 1 if self.seen_down_to is None else self.seen_down_to

    def is_half_read(self, instant: datetime) -> bool:
        """Tell whether an instant lies in the newest slot, of which the newer part was read."""
        return self.after is not None and not self.found_again and self.end == slot_end(instant)

    def lost_place(self) -> "Gap":
        """Forget a row that Poe no longer knows."""
        return Gap(start=self.start, end=self.end, after=None, found_again=True)


Gaps = tuple[Gap, ...]
"""Disjoint, newest first."""


def expire(gaps: Gaps, oldest: datetime) -> tuple[Gaps, tuple[Span, ...]]:
    """Close as lost what lies before a quarter hour, for Poe keeps 30 days: give what stays and what went."""
    kept = (msgspec.structs.replace(gap, start=max(gap.start, oldest)) for gap in gaps if gap.end > oldest)
    return tuple(kept), tuple((gap.start, min(gap.end, oldest)) for gap in gaps if gap.start < oldest)


def subtract(gaps: Gaps, bottom: datetime) -> Gaps:
    """Close what lies at and above `bottom`, from where on everything was seen whole."""
    ends_there = {"end": bottom, "seen_down_to": None, "partial": Totals()}
    kept = (gap for gap in gaps if gap.start < bottom)
    return tuple(msgspec.structs.replace(gap, **ends_there) if gap.end > bottom else gap for gap in kept)


def join(newer: Gap, older: Gaps) -> Gaps:
    """Put a gap before the others; where it reaches into the newest of them, the two become one."""
    if older and older[0].end > newer.start:
        start = min(older[0].start, newer.start)
        return (msgspec.structs.replace(newer, start=start), *older[1:])
    return (newer, *older)


def overlaps(gaps: Iterable[Gap], span: Span) -> bool:
    """Tell whether any part of [start, end) is unread."""
    return any(gap.start < span[1] and span[0] < gap.end for gap in gaps)


class Why(StrEnum):
    """Why usage of a span is not counted, or may not be."""

    UNREAD = "unread"
    """It is still to be read: there is a gap, or Poe has not answered since."""
    BEFORE = "before"
    """It was over 30 days old when the account was first read, so nothing of it could be."""
    ROWS = "rows"
    """Rows of it could not be read."""
    LOST = "lost"
    """Poe had stopped listing it before it was read."""
    ACCOUNT = "account"
    """An account that is summed was not read."""


class Missing(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """A span of which usage is not counted, or may not be; `account` names whose, "" the one monitored."""

    start: datetime
    end: datetime
    why: Why
    account: str = ""


Holes = tuple[Missing, ...]


def in_span(holes: Iterable[Missing], span: Span) -> Holes:
    """Tell what of [start, end) is missing: one span for each reason and account, in the order of `Why`."""
    start, end = span
    cut = (
        Missing(max(hole.start, start), min(hole.end, end), hole.why, hole.account)
        for hole in holes
        if hole.start < end and start < hole.end
    )
    return by_reason(cut)


def by_reason(holes: Iterable[Missing]) -> Holes:
    """Make one span of all that have a reason and an account in common; a few of them at most."""
    found: dict[tuple[Why, str], list[Missing]] = {}
    for hole in holes:
        found.setdefault((hole.why, hole.account), []).append(hole)
    order = list(Why)
    return tuple(
        Missing(min(one.start for one in found[key]), max(one.end for one in found[key]), *key)
        for key in sorted(found, key=lambda key: (order.index(key[0]), key[1]))[:MOST_GIVEN]
    )


def with_spans(holes: Holes, why: Why, spans: Iterable[Span], oldest: datetime) -> Holes:
    """Add spans of one reason to those known; what ended before `oldest` is forgotten."""
    known = [(hole.start, hole.end) for hole in holes if hole.why is why]
    joined = merged(span for span in (*known, *spans) if span[0] < span[1] and span[1] > oldest)
    near = SLOT
    while len(joined) > MOST_SPANS:
        joined, near = merged(joined, near), near * 2
    return (*(hole for hole in holes if hole.why is not why), *(Missing(*span, why) for span in joined))


def without_span(holes: Holes, why: Why, span: Span) -> Holes:
    """Take [start, end) out of what is missing for one reason."""
    lacking = ((hole.start, hole.end) for hole in holes if hole.why is why)
    left = (part for each in lacking for part in outside(each, [span]))
    return (*(hole for hole in holes if hole.why is not why), *(Missing(*part, why) for part in left))

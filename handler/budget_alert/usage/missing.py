"""Why a sum may be more than it says: what of its window is not counted, and for which reason."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from budget_alert.instants import SLOT
from budget_alert.usage.slots import Span, merged

MOST_SPANS = 12
"""So many are remembered of one reason; where there are more, neighbours become one."""
MOST_GIVEN = 8


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
    found: dict[tuple[Why, str], Missing] = {}
    for hole in holes:
        known = found.get((hole.why, hole.account), hole)
        start, end = min(known.start, hole.start), max(known.end, hole.end)
        found[hole.why, hole.account] = Missing(start, end, hole.why, hole.account)
    order = list(Why)
    return tuple(found[key] for key in sorted(found, key=lambda key: (order.index(key[0]), key[1])))[
        :MOST_GIVEN
    ]


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
    start, end = span
    if start >= end:
        return holes
    kept: list[Missing] = []
    for hole in holes:
        if hole.why is not why or hole.end <= start or end <= hole.start:
            kept.append(hole)
            continue
        kept += [Missing(hole.start, start, why)] * (hole.start < start)
        kept += [Missing(end, hole.end, why)] * (end < hole.end)
    return tuple(kept)

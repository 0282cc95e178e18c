"""Windows that follow Poe's own grants of points.

Daily grants come at 00:00 UTC, monthly ones on the day and at the time of the month on which the plan
began; so accounts of Poe show them, its documentation says nothing.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.periods import Day, Window, windows_between
from budget_alert.instants import DAY, slot_of

_MONTHS = 12
_LONGEST_MONTH = 31
_EARLY = timedelta(hours=1)
"""A grant may come so much before it was due, or Poe's clock be so far ahead of ours."""


class Billing(msgspec.Struct, frozen=True, tag="billing"):
    """From one grant of points to the next; which windows these are, only Poe can tell."""


class Cycle(msgspec.Struct, frozen=True):
    """When points are granted: each midnight UTC, or monthly on an anchor, the instant of one such grant.

    `anchor` None means daily. `start` is when the present cycle began, where Poe says so: it counts within
    the month before the anchor, where a plan that was changed in mid-month has begun a cycle of its own.
    """

    anchor: datetime | None = None
    start: datetime | None = None

    def windows(self, start: datetime, end: datetime) -> Iterator[Window]:
        """Give, oldest first, every window that overlaps [start, end]; the last one holds `end`.

        Edges are moved to the start of the quarter hour they lie in, for usage is summed by those.
        """
        if self.anchor is None:
            return windows_between(Day(), ZoneInfo("UTC"), start, end)
        began = self.start.astimezone(UTC) if self.start else None
        grants = _grants(self.anchor.astimezone(UTC), began, range(_month(start) - 2, _month(end) + 3))
        windows = (Window(*edges) for edges in pairwise(sorted({slot_of(grant) for grant in grants})))
        return (window for window in windows if window.end > start and window.start <= end)

    def is_of(self, anchor: datetime | None) -> bool:
        """Tell whether the next grant is the one on an anchor: an instant within a day is the same."""
        if self.anchor is None or anchor is None:
            return self.anchor is anchor
        return abs(self.anchor - anchor) < DAY


def heard(known: Sequence[Cycle], newest: Cycle, now: datetime) -> tuple[Cycle, ...]:
    """Give the cycle that Poe names now, and the one that it named before.

    Where Poe does not say when the cycle began, what it named before tells.
    """
    if newest.anchor is not None and newest.start is None:
        newest = Cycle(newest.anchor, _began(newest.anchor, known, now))
    nothing_more = (None, newest.start)
    before = [cycle for cycle in known if not (cycle.is_of(newest.anchor) and cycle.start in nothing_more)]
    return (newest, *before[:1])


def _began(anchor: datetime, known: Sequence[Cycle], now: datetime) -> datetime | None:
    """Tell when the cycle before an anchor began; None where the anchor alone tells as much."""
    for cycle in known:
        if cycle.anchor is None or (cycle.is_of(anchor) and cycle.start is None):
            continue
        return cycle.start if cycle.is_of(anchor) else _ended(cycle.anchor, cycle.start, anchor, now)
    return None


def _ended(before: datetime, start: datetime | None, anchor: datetime, now: datetime) -> datetime | None:
    """Tell when a cycle ended, of which `before` was to be the end, by the next anchor."""
    month = _month(anchor) - 1
    if _grant(anchor, anchor.day, month) - DAY < before < min(anchor, now + _EARLY):
        return before
    if not _is_last_of_month(anchor):
        return None
    # The last day of a short month may stand for a later one: the one known, where a grant was missed, or
    # the last that is not yet to come, where the plan has changed and a grant came long before it was due.
    days = {_day(before, start)} if before <= now else set(range(anchor.day, _LONGEST_MONTH + 1))
    grants = (_grant(anchor, max(anchor.day, day), month) for day in days)
    return max((grant for grant in grants if grant <= now), default=None)


def _grants(anchor: datetime, began: datetime | None, months: range) -> set[datetime]:
    """Give the instants of the grants in some months, counted from year 0, and that of the cycle's start."""
    day = _day(anchor, began)
    grants = {_grant(anchor, day, month) for month in months}
    usual = _grant(anchor, day, _month(anchor) - 1)
    if began is None or not usual - DAY < began < anchor:
        return grants
    # A grant that came a little early or late is the same grant, and makes no window of a few hours.
    return {grant for grant in grants if grant != usual or abs(began - usual) >= DAY} | {began}


def _day(anchor: datetime, began: datetime | None) -> int:
    """Tell the day of the month that grants come on, 1 to 31.

    The last day of a shorter month may stand for a later one, which the cycle's start then shows.
    """
    is_cut = began is not None and _is_last_of_month(anchor) and _month(began) == _month(anchor) - 1
    return max(anchor.day, began.day) if began and is_cut else anchor.day


def _is_last_of_month(anchor: datetime) -> bool:
    return (anchor + DAY).day == 1


def _grant(anchor: datetime, day: int, month: int) -> datetime:
    year, number = divmod(month, _MONTHS)
    last = monthrange(year, number + 1)[1]
    return anchor.replace(year=year, month=number + 1, day=min(day, last))


def _month(instant: datetime) -> int:
    utc = instant.astimezone(UTC)
    return utc.year * _MONTHS + utc.month - 1

"""What a history says of an account's days, weeks and hours."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.periods import CalendarPeriod, Day, Rolling, Week, windows_between
from budget_alert.instants import SLOT
from budget_alert.usage.slots import Slots
from poe_budget.backtest.counted import Sums
from poe_budget.backtest.curves import rolling_curve
from poe_budget.past.history import History

AN_HOUR = Rolling(1)
MONTH = timedelta(days=30, hours=10.5)
"""A month of the calendar on average."""


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Points by whole days and whole weeks of a zone, oldest first; refunds may make them negative.

    `hour` is the most of any 60 minutes between quarter hours, `query` that of one query, 0 where none is
    known. `length` is how much time the history covers, `points` all that was spent in it,
    and `queries` by how many queries.
    """

    days: tuple[int, ...]
    weeks: tuple[int, ...]
    hour: int
    query: int
    length: timedelta
    points: int
    queries: int

    @property
    def month(self) -> float:
        """What a month takes at the pace of the whole history."""
        return self.points * (MONTH / self.length)


def measures(history: History, zone: ZoneInfo) -> Measures:
    """Measure a history."""
    sums = _sums(history)
    hours = rolling_curve(AN_HOUR, sums.between, (history.start, history.end))
    return Measures(
        days=tuple(_whole(history, sums, Day(), zone)),
        weeks=tuple(_whole(history, sums, Week(), zone)),
        hour=hours.most,
        query=_largest_query(history.slots),
        length=history.end - history.start,
        points=sum(totals.points for totals in history.slots.values()),
        queries=sum(totals.queries for totals in history.slots.values()),
    )


def _sums(history: History) -> Sums:
    sums = Sums(history.start, SLOT)
    for start, totals in history.slots.items():
        sums.put(start, totals.points)
    return sums


def _whole(history: History, sums: Sums, period: CalendarPeriod, zone: ZoneInfo) -> Iterable[int]:
    for window in windows_between(period, zone, history.start, history.end):
        if history.start <= window.start and window.end <= history.end:
            yield sums.between(window.start, window.end)


def _largest_query(slots: Slots) -> int:
    return max((query.points for totals in slots.values() for query in totals.largest), default=0)

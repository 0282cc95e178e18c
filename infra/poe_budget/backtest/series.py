"""What a filter counts of the usage, ready to be summed over any window."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from budget_alert.config.schema import Filter
from budget_alert.instants import DAY, SLOT
from budget_alert.rules.views import matcher
from budget_alert.usage.slots import Day, Slots, split
from budget_alert.usage.totals import Dimensions, Totals
from poe_budget.backtest.sums import Sums

Matches: TypeAlias = Callable[[Dimensions], bool]


def picks(kept: Filter) -> Matches | None:
    """Give what tells whether a filter counts a part, the same function for equal ones; None for all."""
    return None if kept == Filter() else matcher(kept)


class Series:
    """The points of quarter hours and of days that match, kept up to date; everything matches None.

    `base` is the midnight in UTC before which there is nothing. `days` are as `Usage.only` gives them: the
    totals of what matches, and the quarter hours of everything.
    """

    def __init__(self, base: datetime, matches: Matches | None = None) -> None:
        self.days: dict[datetime, Day] = {}
        self._matches = matches
        self._slots = Sums(base, SLOT)
        self._whole_days = Sums(base, DAY)

    def put(self, slots: Slots, days: Mapping[datetime, Day]) -> None:
        """Replace quarter hours and the days that they lie in."""
        for start, totals in slots.items():
            self._slots.put(start, self._points(totals))
        for start, day in days.items():
            kept = day if self._matches is None else Day(day.total.only(self._matches), day.quarters)
            self.days[start] = kept
            self._whole_days.put(start, kept.total.points)

    def points(self, start: datetime, end: datetime) -> int:
        """Add up [start, end), two quarter-hour instants, as `Usage.between` does."""
        (first, last), edges = split(start, end)
        total = self._whole_days.between(first, last) if first < last else 0
        for edge in edges:
            total += self._slots.between(*edge)
        return total

    def _points(self, totals: Totals) -> int:
        if self._matches is None:
            return totals.points
        return sum(spend.points for part, spend in totals.items() if self._matches(part))

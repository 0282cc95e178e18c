"""Quarter hours as they come -> their days, without adding up a whole day each time."""

from collections.abc import Mapping
from datetime import datetime

from budget_alert.instants import SLOT
from budget_alert.usage.entries import Query
from budget_alert.usage.slots import QUARTERS, Day, Slots, by_day
from budget_alert.usage.totals import Amount, Dimensions, Totals
from poe_budget.backtest.series import Matches


class DayTotals(Totals):
    """A day's totals, which remembers what it was asked: the past of each tick goes through all days."""

    __slots__ = ("_known", "_picked")

    def __init__(self, parts: Mapping[Dimensions, Amount], largest: tuple[Query, ...]) -> None:
        super().__init__(parts, largest)
        self._known = super().points
        self._picked: dict[Matches, Totals] = {}

    @property
    def points(self) -> int:
        """All points, refunds subtracted."""
        return self._known

    def only(self, matches: Matches) -> Totals:
        """Keep the parts that match."""
        if matches not in self._picked:
            kept = super().only(matches)
            self._picked[matches] = DayTotals(dict(kept.items()), kept.largest)
        return self._picked[matches]


class DayInTheMaking:
    """One UTC day; of its quarter hours only the newest may still change.

    It gives what `day_from` makes of the same quarter hours.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._newest = start
        self._totals = Totals()
        self._before = Totals()
        self._quarters_before = [0] * QUARTERS

    def put(self, slots: Slots) -> Day:
        """Replace quarter hours, none of them older than the newest so far; give the day that results."""
        for start in sorted(slots):
            if start > self._newest:
                self._close()
            self._newest, self._totals = start, slots[start]
        quarters = self._quarters_before.copy()
        quarters[self._quarter()] = self._totals.points
        total = (self._before + self._totals).bounded().naming(None)
        return Day(DayTotals(dict(total.items()), total.largest), tuple(quarters))

    def _close(self) -> None:
        self._before = (self._before + self._totals).naming(None)
        self._quarters_before[self._quarter()] = self._totals.points

    def _quarter(self) -> int:
        return (self._newest - self._start) // SLOT


class Days:
    """The days of quarter hours that come in the order of time."""

    def __init__(self) -> None:
        self._made: dict[datetime, DayInTheMaking] = {}

    def put(self, slots: Slots) -> dict[datetime, Day]:
        """Replace quarter hours, none of them older than the newest so far; give the days that changed."""
        return {start: self._day(start).put(within) for start, within in by_day(slots)}

    def _day(self, start: datetime) -> DayInTheMaking:
        if start not in self._made:
            self._made = {start: DayInTheMaking(start)}
        return self._made[start]

"""Usage as a judgement reads it, of which only the sums are ready: a tick seldom asks for more."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from budget_alert.usage.slots import RecordedUsage, Slots, Span
from budget_alert.usage.totals import Totals
from poe_budget.backtest.series import Matches, Series


class Sources(Protocol):
    """What was counted so far."""

    @property
    def counted(self) -> Slots:
        """The quarter hours with usage."""

    def series(self, matches: Matches | None) -> Series:
        """Give the sums of what matches; the same `matches` must be the same function."""


class SummedTotals(Totals):
    """A totals whose points are known; its parts are added up when they are first asked for.

    That must be before the usage it was taken from changes.
    """

    __slots__ = ("_added_up", "_known")

    def __init__(self, points: int, added_up: Callable[[], Totals]) -> None:
        self._known = points
        self._added_up = added_up

    @property
    def points(self) -> int:
        """All points, refunds subtracted."""
        return self._known

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whichever field of a totals is missing still
        """Add up the parts: called only while they are missing."""
        if name not in Totals.__slots__:
            raise AttributeError(name)
        totals = self._added_up()
        super().__init__(dict(totals.items()), totals.largest)
        return getattr(self, name)


class ReplayedUsage(RecordedUsage):
    """RecordedUsage over series that are kept from tick to tick; its days are those of the span `read`.

    `slots` are the spans of which the function would have read every slot.
    """

    def __init__(
        self, sources: Sources, read: Span, slots: Sequence[Span], matches: Matches | None = None
    ) -> None:
        series = sources.series(matches)
        days = {start: day for start, day in series.days.items() if read[0] <= start < read[1]}
        super().__init__(days, sources.counted, slots)
        self._sources = sources
        self._days_read = read
        self._matches = matches
        self._series = series

    def only(self, matches: Matches) -> "ReplayedUsage":
        """Keep the parts that match; not of what was picked already."""
        return ReplayedUsage(self._sources, self._days_read, self._read, matches)

    def between(self, start: datetime, end: datetime) -> SummedTotals:
        """Add up [start, end), two quarter-hour instants."""
        return SummedTotals(self._series.points(start, end), partial(self._added_up, start, end))

    def points(self, start: datetime, end: datetime) -> int:
        """Add up the points of [start, end) alone."""
        return self._series.points(start, end)

    def _added_up(self, start: datetime, end: datetime) -> Totals:
        slots = {slot: totals for slot, totals in self._sources.counted.items() if start <= slot < end}
        if self._matches is not None:
            slots = {slot: totals.only(self._matches) for slot, totals in slots.items()}
        return RecordedUsage(self.days, slots).between(start, end)

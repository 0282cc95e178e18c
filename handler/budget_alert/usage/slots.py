"""Slots and days of usage, and what they hold of any span."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from operator import attrgetter

import msgspec

from budget_alert.instants import DAY, EPOCH, SLOT, day_end, day_of
from budget_alert.usage.totals import OTHER_BOTS, Dimensions, Group, Totals, of_key

QUARTERS = DAY // SLOT
Span = tuple[datetime, datetime]
Slots = Mapping[datetime, Totals]
"""Totals by the start of their quarter hour."""


class Day(msgspec.Struct, frozen=True):
    """One UTC day: its total, and the points of each of its 96 quarter hours.

    Of a filter's usage the total is what it counts, and the quarter hours stay those of everything.
    """

    total: Totals
    quarters: tuple[int, ...]

    @property
    def share(self) -> float:
        """What the total has of the quarter hours' points, 0 to 1.

        Refunds can outweigh what something else spent: then none says what each quarter hour had of it.
        """
        points, every = self.total.points, sum(self.quarters)
        return 1.0 if points == every else min(max(points / every, 0.0), 1.0) if every > 0 else 0.0

    def points_of(self, cut: Sequence[int]) -> int:
        """Give the total's share of some of the quarter hours, exactly for all of them."""
        if len(cut) == QUARTERS:
            return self.total.points
        return sum(cut) if self.share == 1 else round(sum(cut) * self.share)


def day_from(slots: Slots, start: datetime, group: Group = of_key) -> Day:
    """Add up the slots of the UTC day that begins at `start`; `group` as for `Totals.bounded`."""
    quarters = [0] * QUARTERS
    for slot, totals in slots.items():
        quarters[(slot - start) // SLOT] = totals.points
    return Day(Totals.total(slots.values()).bounded(group=group).naming(None), tuple(quarters))


def by_day(slots: Slots) -> Iterator[tuple[datetime, dict[datetime, Totals]]]:
    """Group slots by the UTC day they lie in, oldest day first."""
    days: dict[datetime, dict[datetime, Totals]] = {}
    for slot in sorted(slots):
        days.setdefault(day_of(slot), {})[slot] = slots[slot]
    yield from days.items()


Absent = Callable[[datetime], frozenset[str]]
"""Names the accounts that a window with that end does not count; they stand in the place of keys."""


@dataclass(eq=False, repr=False)
class RecordedUsage:
    """The part of the history that an evaluation needs: whole days, and the slots at the edges of windows.

    `read` are the disjoint spans of which every slot is here. Where accounts are combined, `absent` names
    those that a window with a given end does not count.
    """

    days: Mapping[datetime, Day]
    slots: Slots
    read: Sequence[Span] = ()
    absent: Absent = lambda _end: frozenset()
    _without: "dict[frozenset[str], RecordedUsage]" = field(default_factory=dict, init=False)
    _spent: dict[tuple[str, datetime, datetime], dict[str, int]] = field(default_factory=dict, init=False)

    def only(self, matches: Callable[[Dimensions], bool]) -> "RecordedUsage":
        """Keep what matches; the quarter hours of days stay those of everything."""
        return RecordedUsage(
            {start: Day(day.total.only(matches), day.quarters) for start, day in self.days.items()},
            {slot: totals.only(matches) for slot, totals in self.slots.items()},
            self.read,
            self.absent,
        )

    def parted(self, name: Callable[[Dimensions], str], names: Collection[str]) -> dict[str, "RecordedUsage"]:
        """Part the usage of these names; the quarter hours of days stay those of everything."""
        days: dict[str, dict[datetime, Day]] = {each: {} for each in names}
        slots: dict[str, dict[datetime, Totals]] = {each: {} for each in names}
        for start, day in self.days.items():
            for each, totals in day.total.parted(name, days).items():
                days[each][start] = Day(totals, day.quarters)
        for slot, whole in self.slots.items():
            for each, totals in whole.parted(name, slots).items():
                slots[each][slot] = totals
        return {each: RecordedUsage(days[each], slots[each], self.read, self.absent) for each in names}

    def between(self, start: datetime, end: datetime) -> Totals:
        """Add up [start, end), two quarter-hour instants: whole days where they fit, slots at the edges."""
        if (counted := self._counted(end)) is not self:
            return counted.between(start, end)
        days, edges = split(start, end)
        all_totals = [self.days[day].total for day in steps(*days, DAY) if day in self.days]
        for edge in edges:
            all_totals += [self.slots[slot] for slot in steps(*edge, SLOT) if slot in self.slots]
        return Totals.total(all_totals)

    def spent_by(self, name: str, start: datetime, end: datetime) -> dict[str, int]:
        """Give what each value of a field of Dimensions spent in [start, end), the most first.

        What has no name, or is added up of many, is none.
        """
        asked = name, start, end
        if asked not in self._spent:
            spent = self.between(start, end).by(attrgetter(name))
            self._spent[asked] = {value: points for value, points in spent if value not in {"", OTHER_BOTS}}
        return self._spent[asked]

    def points(self, start: datetime, end: datetime) -> int:
        """Add up the points of [start, end) alone: many windows are evaluated by no more than that."""
        if (counted := self._counted(end)) is not self:
            return counted.points(start, end)
        days, edges = split(start, end)
        return self._points_of_days(*days) + sum(self._points_of_slots(*edge) for edge in edges)

    def by_days(self, edges: Sequence[datetime]) -> list[int]:
        """Add up the points between each two edges, quarter-hour instants, of which days alone were read.

        It is exact where everything is counted, where whole UTC days fit, and where slots were read anyway.
        Of what is left, a filter's usage has the share that it has of its day.
        """
        return [
            self.points(start, end)
            if any(first <= start and end <= last for first, last in self.read)
            else sum(day.points_of(cut) for day, cut in _pieces(self._counted(end).days, start, end))
            for start, end in pairwise(edges)
        ]

    def near(self, start: datetime, end: datetime) -> Totals:
        """Estimate what was spent on what in [start, end): of a cut day, everything has the same share."""
        return Totals.total(
            day.total if len(cut) == QUARTERS else day.total.times(sum(cut), sum(day.quarters))
            for day, cut in _pieces(self.days, start, end)
        )

    def _counted(self, end: datetime) -> "RecordedUsage":
        if not (absent := self.absent(end)):
            return self
        if absent not in self._without:
            whole = RecordedUsage(self.days, self.slots, self.read)
            self._without[absent] = whole.only(lambda one: one.api_key not in absent)
        return self._without[absent]

    @cached_property
    def _points_of_days(self) -> Callable[[datetime, datetime], int]:
        return _sums({start: day.total.points for start, day in self.days.items()})

    @cached_property
    def _points_of_slots(self) -> Callable[[datetime, datetime], int]:
        return _sums({slot: totals.points for slot, totals in self.slots.items()})


def _sums(points: Mapping[datetime, int]) -> Callable[[datetime, datetime], int]:
    """Give what adds up the points of steps that begin in [start, end), by two look-ups."""
    starts = sorted(points)
    before = list(accumulate(map(points.__getitem__, starts), initial=0))
    return lambda start, end: before[bisect_left(starts, end)] - before[bisect_left(starts, start)]


def _pieces(
    days: Mapping[datetime, Day], start: datetime, end: datetime
) -> Iterator[tuple[Day, Sequence[int]]]:
    """Give each UTC day that overlaps [start, end), with its quarter hours within."""
    for midnight in steps(day_of(start), end, DAY):
        if day := days.get(midnight):
            first = max(start - midnight, timedelta(0))
            yield day, day.quarters[first // SLOT : (end - midnight) // SLOT]


def split(start: datetime, end: datetime) -> tuple[Span, list[Span]]:
    """Split [start, end) into its whole UTC days and the edges that are left, each a half-open span."""
    first, last = day_end(start), day_of(end)
    if first >= last:
        return (first, first), [(start, end)]
    return (first, last), [edge for edge in ((start, first), (last, end)) if edge[0] < edge[1]]


def needs(spans: Iterable[Span]) -> tuple[Span, list[Span]]:
    """Tell what must be read to sum all of the spans: one run of whole days, and disjoint edges."""
    pieces = [split(*span) for span in spans]
    runs = [days for days, _ in pieces if days[0] < days[1]]
    days = (min(run[0] for run in runs), max(run[1] for run in runs)) if runs else (EPOCH, EPOCH)
    return days, merged(edge for _, edges in pieces for edge in edges)


def merged(spans: Iterable[Span], near: timedelta = timedelta(0)) -> list[Span]:
    """Join spans that touch, overlap or lie `near` each other; in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + near:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def outside(span: Span, spans: Iterable[Span]) -> list[Span]:
    """Give what of a span lies in none of the others; in order."""
    left, (start, end) = [], span
    for first, last in merged(one for one in spans if one[0] < one[1]):
        left.append((start, min(first, end)))
        start = max(start, last)
    return [part for part in (*left, (start, end)) if part[0] < part[1]]


def steps(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Give every instant of [start, end) that lies whole steps after `start`."""
    while start < end:
        yield start
        start += step

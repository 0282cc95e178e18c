"""What a replay has counted: sums that are kept from tick to tick, in the place of the function's ledger."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate, takewhile
from operator import attrgetter
from typing import TypeAlias

import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.config.schema import Budget, Filter, SpikeRule
from budget_alert.instants import DAY, SLOT, day_of, to_micros
from budget_alert.rules.decision import Decision
from budget_alert.rules.evaluation import matcher
from budget_alert.rules.notified import Memory, Notified
from budget_alert.usage.missing import Holes
from budget_alert.usage.slots import (
    Day,
    RecordedUsage,
    Slots,
    Span,
    by_day,
    day_from,
    needs,
    split,
    steps,
)
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Dimensions, Totals

Matches: TypeAlias = Callable[[Dimensions], bool]


def picks(kept: Filter) -> Matches | None:
    """Give what tells whether a filter counts a part, the same function for equal ones; None for all."""
    return None if kept == Filter() else matcher(kept)


@lru_cache(maxsize=512)
def counts(rule: Budget | SpikeRule) -> Matches:
    """Give what tells whether a rule counts a part: its filter, and its one key or bot.

    One for each of them counts nothing by itself.
    """
    kept = matcher(rule.filter)
    if not rule.each:
        return kept
    value_of = attrgetter(rule.each)
    return lambda part: bool(rule.value) and value_of(part) == rule.value and kept(part)


class Sums:
    """Points of steps that each last `step`, counted from `base`; what is before it, or unknown, is 0.

    Any span of them is summed with two look-ups.
    """

    def __init__(self, base: datetime, step: timedelta) -> None:
        self._base = base
        self._step = step
        self._points: list[int] = []
        self._before: list[int] = [0]
        """Of each step, what all steps before it come to, as far as that was asked for."""

    def put(self, start: datetime, points: int) -> None:
        """Replace the points of the step that begins at an instant, not before the base."""
        place = self._place(start)
        self._points += [0] * (place + 1 - len(self._points))
        self._points[place] = points
        del self._before[place + 1 :]

    def between(self, start: datetime, end: datetime) -> int:
        """Add up the steps of [start, end), both the start of a step."""
        return self._sum_before(self._place(end)) - self._sum_before(self._place(start))

    def _place(self, instant: datetime) -> int:
        return (instant - self._base) // self._step

    def _sum_before(self, place: int) -> int:
        if place <= 0:
            return 0
        known = len(self._before) - 1
        if place > known:
            self._before[known:] = accumulate(self._points[known:], initial=self._before[known])
        return self._before[min(place, len(self._points))]


class Series:
    """The points of quarter hours and of days that match, kept up to date; everything matches None.

    `base` is the midnight in UTC before which there is nothing. `days` are as `RecordedUsage.only` gives
    them: the totals of what matches, and the quarter hours of everything.
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
        """Add up [start, end), two quarter-hour instants, as `RecordedUsage.between` does."""
        (first, last), edges = split(start, end)
        total = self._whole_days.between(first, last) if first < last else 0
        return total + sum(self._slots.between(*edge) for edge in edges)

    def _points(self, totals: Totals) -> int:
        if self._matches is None:
            return totals.points
        return sum(spend.points for part, spend in totals.items() if self._matches(part))


class ReplayLedger:
    """One account's accounting and memory, from the first tick on.

    `base` is when usage begins, and `holes` what of it could not be read.
    """

    def __init__(
        self, base: datetime, started_at: datetime, cycles: tuple[Cycle, ...] = (), holes: Holes = ()
    ) -> None:
        self.state = State(started_at=started_at, read_from=base, holes=holes)
        self.memory = Memory(cycles=cycles)
        self.counted: dict[datetime, Totals] = {}
        self._notified: dict[str, Notified] = {}
        self._everything = Series(day_of(base))
        self._picked: dict[Matches, Series] = {}
        self._base = day_of(base)

    def record(self, now: datetime, settled_until: datetime, changes: Slots) -> None:
        """Replace quarter hours, oldest first, by a tick that has read everything."""
        self.counted |= changes
        days = {start: day_from(self.slots((start, start + DAY)), start) for start, _ in by_day(changes)}
        for series in (self._everything, *self._picked.values()):
            series.put(changes, days)
        state = self.state.unevaluated(min(changes)) if changes else self.state
        self.state = msgspec.structs.replace(
            state,
            # An evaluation only asks whether anything was ever read.
            cursor=Cursor(to_micros(max(changes) + SLOT), "") if changes else state.cursor,
            completed_at=now,
            settled_until=settled_until,
        )

    def series(self, matches: Matches | None) -> Series:
        """Give the sums of what matches; the same `matches` must be the same function."""
        if matches is None:
            return self._everything
        if matches not in self._picked:
            self._picked[matches] = Series(self._base, matches)
            self._picked[matches].put(self.counted, self._everything.days)
        return self._picked[matches]

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> "ReplayedUsage":
        """Give what is needed to sum these spans; `also` names whole days to give besides."""
        days, edges = needs(spans)
        if also:
            days = (min(days[0], also[0]), max(days[1], also[1])) if days[0] < days[1] else also
        return ReplayedUsage(self, days, edges)

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of [start, end)."""
        start, end = span
        # They stand in the order of time, and what a tick asks for is among the newest.
        newest = takewhile(lambda slot: slot >= start, reversed(self.counted))
        return {slot: self.counted[slot] for slot in reversed(list(newest)) if slot < end}

    def notified(self, keys: Sequence[str]) -> dict[str, Notified]:
        """Give what was sent under each key that has something."""
        return {key: self._notified[key] for key in keys if key in self._notified}

    def apply(self, decision: Decision) -> None:
        """Remember what was sent."""
        self._notified |= {notice.key: notice.notified for notice in decision.notices}
        self.memory = decision.memory or self.memory
        if decision.evaluated:
            self.state = msgspec.structs.replace(self.state, unevaluated_from=None)


class ReplayedUsage(RecordedUsage):
    """RecordedUsage over all that was counted, with sums that are ready.

    Its days are those of the span `days`; `read` are the spans of which the function would have read every
    slot.
    """

    def __init__(
        self, ledger: ReplayLedger, days: Span, read: Sequence[Span], matches: Matches | None = None
    ) -> None:
        self._ledger = ledger
        self._span = days
        self._matches = matches
        self._series = ledger.series(matches)
        known = {start: day for start, day in self._series.days.items() if days[0] <= start < days[1]}
        super().__init__(known, ledger.counted, read)

    def only(self, matches: Matches) -> "ReplayedUsage":
        """Keep the parts that match; not of what was picked already."""
        return ReplayedUsage(self._ledger, self._span, self.read, matches)

    def parted(self, name: Callable[[Dimensions], str], names: Collection[str]) -> dict[str, RecordedUsage]:
        """Part the usage of these names, by what the function would have read."""
        spans = (self._ledger.slots(span) for span in self.read)
        slots = {slot: totals for each in spans for slot, totals in each.items()}
        if self._matches:
            slots = {slot: totals.only(self._matches) for slot, totals in slots.items()}
        return RecordedUsage(self.days, slots, self.read).parted(name, names)

    def between(self, start: datetime, end: datetime) -> Totals:
        """Add up [start, end), two quarter-hour instants."""
        if self._matches is None:
            return super().between(start, end)
        counted, edges = self._ledger.counted, split(start, end)[1]
        slots = [slot for edge in edges for slot in steps(*edge, SLOT) if slot in counted]
        return RecordedUsage(self.days, {slot: counted[slot].only(self._matches) for slot in slots}).between(
            start, end
        )

    def points(self, start: datetime, end: datetime) -> int:
        """Add up the points of [start, end) alone."""
        return self._series.points(start, end)

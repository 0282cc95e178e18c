"""What a replay has counted, in the place of the function's ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.config.schema import Budget, Filter, SpikeRule
from budget_alert.instants import DAY, SLOT, to_micros
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
    steps,
)
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Dimensions, Totals

Matches: TypeAlias = Callable[[Dimensions], bool]
Known: TypeAlias = dict[datetime, tuple[Totals, Totals]]
"""Totals, and what matches of them, by their start."""
Picked: TypeAlias = dict[Matches, tuple[Known, Known]]
"""Those of days and of quarter hours, by what matches."""


def picks(kept: Filter) -> Matches | None:
    """Give what tells whether a filter counts a part, the same function for equal ones; None for all."""
    return None if kept == Filter() else matcher(kept)


@lru_cache(maxsize=512)
def counts(rule: Budget | SpikeRule) -> Matches | None:
    """Give what tells whether a rule counts a part: its filter, and its one key or bot.

    One for each of them counts nothing by itself.
    """
    if not rule.each:
        return picks(rule.filter)
    kept, value_of = matcher(rule.filter), attrgetter(rule.each)
    return lambda part: bool(rule.value) and value_of(part) == rule.value and kept(part)


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
        self._days: dict[datetime, Day] = {}
        self._notified: dict[str, Notified] = {}
        self._picked: Picked = {}

    def record(self, now: datetime, settled_until: datetime, changes: Slots) -> None:
        """Replace quarter hours, oldest first, by a tick that has read everything."""
        self.counted |= changes
        for start, _ in by_day(changes):
            self._days[start] = day_from(self.slots((start, start + DAY)), start)
        state = self.state.unevaluated(min(changes)) if changes else self.state
        self.state = msgspec.structs.replace(
            state,
            # An evaluation only asks whether anything was ever read.
            cursor=Cursor(to_micros(max(changes) + SLOT), "") if changes else state.cursor,
            completed_at=now,
            settled_until=settled_until,
        )

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        """Give what is needed to sum these spans; `also` names whole days to give besides."""
        days, edges = needs(spans)
        if also:
            days = (min(days[0], also[0]), max(days[1], also[1])) if days[0] < days[1] else also
        known = {start: self._days[start] for start in steps(*days, DAY) if start in self._days}
        slots = {slot: totals for edge in edges for slot, totals in self.slots(edge).items()}
        return ReplayedUsage(known, slots, edges, self._picked)

    def all_that(self, matches: Matches | None) -> RecordedUsage:
        """Give all that matches; everything matches None."""
        everything = RecordedUsage(self._days, self.counted)
        return everything.only(matches) if matches else everything

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of [start, end)."""
        return {start: self.counted[start] for start in steps(*span, SLOT) if start in self.counted}

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
    """RecordedUsage that looks once, and not at every tick, for what matches in a quarter hour or a day."""

    def __init__(
        self, days: Mapping[datetime, Day], slots: Slots, read: Sequence[Span], picked: Picked
    ) -> None:
        super().__init__(days, slots, read)
        self._picked = picked

    def only(self, matches: Matches) -> RecordedUsage:
        """Keep the parts that match."""
        of_days, of_slots = self._picked.setdefault(matches, ({}, {}))
        days = {
            start: Day(_only(matches, of_days, start, day.total), day.quarters)
            for start, day in self.days.items()
        }
        slots = {start: _only(matches, of_slots, start, totals) for start, totals in self.slots.items()}
        return RecordedUsage(days, slots, self.read)


def _only(matches: Matches, known: Known, start: datetime, totals: Totals) -> Totals:
    if start not in known or known[start][0] is not totals:
        known[start] = totals, totals.only(matches)
    return known[start][1]

"""The function's ledger for one replay: usage so far, and what is remembered, in this process."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import takewhile

import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.instants import SLOT, day_of, to_micros
from budget_alert.rules.decision import Decision
from budget_alert.rules.notified import Memory, Notified
from budget_alert.usage.missing import Holes
from budget_alert.usage.slots import Slots, Span, needs
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from poe_budget.backtest.days import Days
from poe_budget.backtest.series import Matches, Series
from poe_budget.backtest.usage import ReplayedUsage


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
        self._told: dict[str, Notified] = {}
        self._days = Days()
        self._everything = Series(day_of(base))
        self._picked: dict[Matches, Series] = {}
        self._base = day_of(base)

    def record(self, now: datetime, settled_until: datetime, changes: Slots) -> None:
        """Replace quarter hours, oldest first, by a tick that has read everything."""
        added = sum(totals.points for totals in changes.values())
        added -= sum(self.counted[start].points for start in changes if start in self.counted)
        self.counted |= changes
        days = self._days.put(changes)
        for series in (self._everything, *self._picked.values()):
            series.put(changes, days)
        state = self.state.unevaluated(min(changes)) if changes else self.state
        self.state = msgspec.structs.replace(
            state,
            cursor=_cursor(changes) or state.cursor,
            completed_at=now,
            settled_until=settled_until,
            counted=state.counted + added,
        )

    def series(self, matches: Matches | None) -> Series:
        """Give the sums of what matches; the same `matches` must be the same function."""
        if matches is None:
            return self._everything
        if matches not in self._picked:
            self._picked[matches] = Series(self._base, matches)
            self._picked[matches].put(self.counted, self._everything.days)
        return self._picked[matches]

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> ReplayedUsage:
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

    def told(self, keys: Sequence[str]) -> dict[str, Notified]:
        """Give what was told under each key that has something."""
        return {key: self._told[key] for key in keys if key in self._told}

    def apply(self, decision: Decision) -> None:
        """Remember what was told."""
        self._told |= {notice.key: notice.told for notice in decision.notices}
        self.memory = decision.memory or self.memory
        if decision.evaluated:
            self.state = msgspec.structs.replace(self.state, unevaluated_from=None)


def _cursor(changes: Slots) -> Cursor | None:
    """Stand at the end of the newest quarter hour: judgements only ask whether anything was ever read."""
    return Cursor(to_micros(max(changes) + SLOT), "") if changes else None

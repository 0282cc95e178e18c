"""The function's ledger for one replay: usage so far, and what is remembered, in this process."""

from datetime import datetime
from itertools import takewhile

import msgspec

from budget_alert.accounting.state import Cursor, State
from budget_alert.accounting.usage import Slots, Span, Tally, needs
from budget_alert.config.billing import Cycle
from budget_alert.instants import SLOT, day_of, to_micros
from budget_alert.policy.claims import Claim
from budget_alert.policy.plan import Plan
from budget_alert.policy.told import Notes, Told
from budget_ops.backtest.days import Days
from budget_ops.backtest.series import Matches, Series
from budget_ops.backtest.usage import ReplayedUsage


class ReplayLedger:
    """One account's accounting and memory, from the first tick on; `base` is when usage begins."""

    def __init__(self, base: datetime, started_at: datetime, cycles: tuple[Cycle, ...] = ()) -> None:
        self.state = State(started_at=started_at)
        self.notes = Notes(cycles=cycles)
        self.told: dict[str, Told] = {}
        self.slots: dict[datetime, Tally] = {}
        self._days = Days()
        self._everything = Series(day_of(base))
        self._picked: dict[Matches, Series] = {}
        self._base = day_of(base)

    def record(self, now: datetime, settled_until: datetime, changes: Slots) -> None:
        """Replace quarter hours, oldest first, by a tick that has read everything."""
        added = sum(tally.points for tally in changes.values())
        added -= sum(self.slots[start].points for start in changes if start in self.slots)
        self.slots |= changes
        days = self._days.put(changes)
        for series in (self._everything, *self._picked.values()):
            series.put(changes, days)
        state = self.state.unjudged(min(changes)) if changes else self.state
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
            self._picked[matches].put(self.slots, self._everything.days)
        return self._picked[matches]

    def usage(self, plan: Plan) -> ReplayedUsage:
        """Give what is needed to sum the spans of a plan, as the function's ledger does."""
        days, _ = needs(plan.spans())
        if plan.past:
            first, last = plan.past
            days = (min(days[0], first), max(days[1], last)) if days[0] < days[1] else plan.past
        return ReplayedUsage(self, days)

    def named(self, span: Span | None) -> Slots:
        """Give the quarter hours of a span; none where that is None."""
        if span is None:
            return {}
        start, end = span
        # Slots stand in the order of time, and only the newest of them can be unjudged.
        newest = takewhile(lambda slot: slot >= start, reversed(self.slots))
        return {slot: self.slots[slot] for slot in reversed(list(newest)) if slot < end}

    def claim(self, claim: Claim) -> None:
        """Remember what was told."""
        self.told |= {step.key: step.told for step in claim.steps}
        self.notes = claim.notes or self.notes
        if claim.judged:
            self.state = msgspec.structs.replace(self.state, unjudged_from=None)


def _cursor(changes: Slots) -> Cursor | None:
    """Stand at the end of the newest quarter hour: judgements only ask whether anything was ever read."""
    return Cursor(to_micros(max(changes) + SLOT), "") if changes else None

"""A history in place of a ledger: nothing was ever told of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from budget_alert.rules.notified import Memory, Notified
from budget_alert.usage.slots import RecordedUsage, Slots, Span, by_day, day_from
from budget_alert.usage.state import Cursor, State
from poe_budget.deployed.case import Remembered
from poe_budget.past.history import History

EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class SavedUsage:
    """The usage of a history, by its quarter hours."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._days = {start: day_from(each, start) for start, each in by_day(slots)}

    def slots(self, span: Span) -> Slots:
        """Give the quarter hours of [start, end)."""
        return {slot: totals for slot, totals in self._slots.items() if span[0] <= slot < span[1]}

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:  # noqa: ARG002 - all is at hand
        """Give everything."""
        return RecordedUsage(self._days, self._slots, [EVER])

    def told(self, keys: Sequence[str]) -> Mapping[str, Notified]:  # noqa: ARG002 - nothing was told
        """Give nothing."""
        return {}


def remembered_of(history: History) -> Remembered:
    """Stand in for a function that has read a history up to its end, and could read nothing before it."""
    state = State(
        started_at=history.start,
        cursor=Cursor(history.entries[-1].created, history.entries[-1].query_id) if history.entries else None,
        read_from=history.start,
        holes=history.holes,
        completed_at=history.end,
    )
    return Remembered(state, Memory())

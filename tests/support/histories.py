"""A history in memory that answers in pages as Poe does, and a ledger that is a dict."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from budget_alert.errors import UnknownPositionError
from budget_alert.instants import slot_of, to_micros
from budget_alert.usage.count import Counted, count
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.scan import Scan
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals

START = datetime(2026, 11, 1, tzinfo=UTC)
SETTLE = timedelta(minutes=60)


def entry(at: datetime, points: int = 1, query_id: str | None = None, bot: str = "Claude-Opus-4") -> Entry:
    """Make an entry of the usual kind."""
    return Entry(to_micros(at), query_id or f"q{to_micros(at)}", bot, "API", "ci", points, None)


@dataclass
class ListedHistory:
    """Rows with the instant from which each is visible; pages of `size`, newest first."""

    rows: list[tuple[datetime, Entry]] = field(default_factory=list)
    now: datetime = START
    size: int = 100
    asked: list[str | None] = field(default_factory=list)

    def add(self, *entries: Entry, visible: datetime | None = None) -> None:
        """Add rows, visible from now on unless told otherwise."""
        self.rows += [(visible or self.now, entry) for entry in entries]

    def visible(self) -> list[Entry]:
        """Give what Poe would list now, newest first."""
        oldest = to_micros(self.now - timedelta(days=30))
        listed = [entry for since, entry in self.rows if since <= self.now and entry.created >= oldest]
        return sorted(listed, key=lambda entry: (-entry.created, entry.query_id))

    def page(self, after: str | None) -> Page:
        """Answer as Poe does."""
        self.asked.append(after)
        listed = self.visible()
        start = 0
        if after is not None:
            ids = [entry.query_id for entry in listed]
            if after not in ids:
                raise UnknownPositionError("gone")
            start = ids.index(after) + 1
        rows = tuple(listed[start : start + self.size])
        return Page(rows, (), rows[-1].query_id if rows else None, start + self.size < len(listed))


@dataclass
class DictLedger:
    """The accounting half of the ledger, in a dict."""

    state: State = field(default_factory=lambda: State(started_at=START))
    slots: dict[datetime, Totals] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """The sum of all slots."""
        return sum(totals.points for totals in self.slots.values())

    def tick(self, history: ListedHistory, pages: int = 1_000_000) -> Counted:
        """Scan, count and record, as a tick does; `pages` is how many it may read."""
        scan = Scan(self.state, history.now, SETTLE).read(history, allow(pages))
        span = scan.stored_span
        stored = {slot: totals for slot, totals in self.slots.items() if span[0] <= slot < span[1]}
        counted = count(scan, stored)
        self.slots |= counted.changes
        self.state = counted.state
        return counted


def allow(pages: int) -> Callable[[], bool]:
    """Allow so many pages."""
    left = iter(range(pages))
    return lambda: next(left, None) is not None


def all_totals(entries: list[Entry]) -> dict[datetime, Totals]:
    """Count plainly, slot by slot."""
    by_slot: dict[datetime, list[Entry]] = {}
    for one in entries:
        slot = slot_of(datetime.fromtimestamp(one.created // 1_000_000, UTC))
        by_slot.setdefault(slot, []).append(one)
    return {slot: Totals.of(group) for slot, group in by_slot.items()}

"""Usage added up plainly from the rows of a history, by no code of the function's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from lab.scale.configs import PlainBudget
from standins.poe_store import Row, microseconds

Window = tuple[str, datetime]
"""A budget's name and the start of the window."""
Dimensions = tuple[str, str, str]
Amount = tuple[int, int]
"""Points, and queries."""
Slots = dict[datetime, dict[Dimensions, Amount]]


def created(row: Row) -> datetime:
    """Tell when a row was created."""
    return datetime.fromtimestamp(row.creation_time // 1_000_000, UTC)


class Windowed:
    """The rows of one account, each with the windows that it lies in."""

    def __init__(self, rows: Iterable[Row], budgets: Iterable[PlainBudget]) -> None:
        asked = list(budgets)
        self._rows = [(row, [(budget.name, budget.window(created(row))) for budget in asked]) for row in rows]

    def windows(self, at: datetime) -> Mapping[Window, int]:
        """Give the points in each window, of the rows that Poe shows at an instant."""
        now = microseconds(at)
        sums: defaultdict[Window, int] = defaultdict(int)
        for row, windows in self._rows:
            if row.seen(now):
                for window in windows:
                    sums[window] += row.points(now)
        return sums


def slots(rows: Iterable[Row], at: datetime) -> Slots:
    """Give each quarter hour by bot, usage type and key, of the rows that Poe shows at an instant."""
    now = microseconds(at)
    found: Slots = {}
    for row in rows:
        if row.seen(now):
            moment = created(row)
            start = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
            parts = found.setdefault(start, {})
            add(parts, (row.bot_name, row.usage_type, row.api_key_name or ""), (row.points(now), 1))
    return found


def add(parts: dict[Dimensions, Amount], part: Dimensions, amount: Amount) -> None:
    """Add an amount to a part."""
    points, queries = parts.get(part, (0, 0))
    parts[part] = points + amount[0], queries + amount[1]


def days(quarters: Slots) -> Slots:
    """Give the same by days of UTC."""
    found: Slots = {}
    for start, parts in quarters.items():
        day = found.setdefault(start.replace(hour=0, minute=0), {})
        for part, amount in parts.items():
            add(day, part, amount)
    return found


def together(every: Mapping[str, Slots]) -> Slots:
    """Sum accounts: what is told apart is the account alone."""
    found: Slots = {}
    for account, quarters in every.items():
        for start, parts in quarters.items():
            for amount in parts.values():
                add(found.setdefault(start, {}), ("", "", account), amount)
    return found

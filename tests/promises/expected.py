"""What should be sent, worked out plainly from the rows: no slots, no days, no ledger, no periods module."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from zoneinfo import ZoneInfo

from standins.poe_store import Row, microseconds
from tests.support.configs import table

Span = tuple[datetime, datetime]


LONDON = "Europe/London"


def month_in(zone: str) -> Callable[[datetime], Span]:
    """Cut calendar months."""

    def span(at: datetime) -> Span:
        local = at.astimezone(ZoneInfo(zone))
        first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
        following = (first + timedelta(days=32)).replace(day=1)
        return first.astimezone(UTC), following.astimezone(UTC)

    return span


def day_in(zone: str) -> Callable[[datetime], Span]:
    """Cut calendar days."""

    def span(at: datetime) -> Span:
        local = at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        following = (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone))
        return local.astimezone(UTC), following.astimezone(UTC)

    return span


def hour(at: datetime) -> Span:
    """Cut full hours of UTC."""
    start = at.replace(minute=0, second=0, microsecond=0)
    return start, start + timedelta(hours=1)


CUTS = {"month": month_in(LONDON), "day": day_in(LONDON), "hour": hour}


@dataclass
class PlainBudget:
    """A budget as a person would describe it, of calendar time in London."""

    name: str
    limit: int
    shares: tuple[int, ...]
    period: str
    bots: str = "*"
    each: str = ""
    """The key of the config by which there is one such budget for every value, like "bot"."""
    sent: dict[tuple[str, Span], int] = field(default_factory=dict)

    def thresholds(self) -> list[int]:
        """Give the thresholds in points, rounded up."""
        return [-(-self.limit * share // 100) for share in self.shares]

    def toml(self) -> str:
        """Write it as the config has it."""
        keys = {"name": self.name, "points": self.limit, "period": self.period, "each": self.each or None}
        bots = [self.bots] if self.bots != "*" else None
        return table("budget", **keys, bots=bots, alert_at=[f"{share}%" for share in self.shares])

    def span(self, at: datetime) -> Span:
        """Give the window that holds an instant."""
        return CUTS[self.period](at)

    def where(self, row: Row) -> tuple[str, Span] | None:
        """Name what a row counts for and its window, if it counts."""
        value = getattr(row, f"{self.each}_name") if self.each else None
        if (self.each and not value) or not fnmatch(row.bot_name.lower(), self.bots.lower()):
            return None
        at = datetime.fromtimestamp(row.creation_time / 1e6, UTC)
        return f"{self.name} · {value}" if value else self.name, self.span(at)


def config_of(budgets: Sequence[PlainBudget]) -> str:
    """Write them as a config."""
    return f'timezone = "{LONDON}"\n' + "".join(budget.toml() for budget in budgets)


class Expectation:
    """Follows the ticks and says what each should send of the rows that Poe shows by then."""

    def __init__(self, budgets: Sequence[PlainBudget], rows: Iterable[Row]) -> None:
        self._rows = list(rows)
        self._budgets = [(budget, [budget.where(row) for row in self._rows]) for budget in budgets]
        self._first: datetime | None = None

    def tick(self, now: datetime) -> list[tuple[str, int]]:
        """Give (rule, threshold in points) of every alert that the tick at `now` should send."""
        first, self._first = self._first is None, self._first or now
        at = microseconds(now)
        shown = [row.points(at) if row.seen(at) else 0 for row in self._rows]
        sent = []
        for budget, places in self._budgets:
            sums: Counter[tuple[str, Span]] = Counter()
            for where, points in zip(places, shown, strict=True):
                if where and points:
                    sums[where] += points
            for (name, span), points in sums.items():
                reached = [threshold for threshold in budget.thresholds() if points >= threshold]
                if reached and span[1] > self._first and reached[-1] > budget.sent.get((name, span), 0):
                    budget.sent[name, span] = reached[-1]
                    sent += [] if first else [(name, reached[-1])]
        return sorted(sent)

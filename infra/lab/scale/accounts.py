"""The accounts of a simulation, of very different size, made of real traces; and the budgets over them."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from standins.history import HOURS, Lateness, month
from standins.poe_store import Row

INTERVAL = timedelta(minutes=5)
TEAMS = ("production", "research", "support")
BUSIEST_ONE_IN = 2
"""The largest account asks half as much as the real service that was traced: some 500 times an hour."""
TAIL = 1.2
"""The account of rank n asks so much as the largest divided by n to this power."""
IDLE = 0.5
"""This share of the accounts, those of the last ranks, ask nothing at all."""
LATENESS = Lateness(rows=0.02, costs=0.03)
KEY_LENGTH = 43
ZONE = "Europe/London"
Window = tuple[str, datetime, datetime]
"""A budget's name, and where the window begins and ends."""


class Member(msgspec.Struct, frozen=True):
    """An account: its name, its key, and its history, oldest row first."""

    name: str
    key: str
    rows: tuple[Row, ...]


def members(count: int, seed: int, start: datetime, end: datetime) -> list[Member]:
    """Make so many accounts with usage from `start` to `end`; the same arguments give the same ones."""
    made = []
    for rank in range(1, count + 1):
        name = f"{TEAMS[rank % len(TEAMS)]}-{rank:04}"
        chance = Random(f"{seed} {rank}")  # noqa: S311 - made-up usage guards nothing
        rows = () if rank > max(count * (1 - IDLE), 1) else _rows(rank, chance, start, end)
        made.append(Member(name, f"{name}-{chance.getrandbits(256):064x}"[:KEY_LENGTH], rows))
    return made


def _rows(rank: int, chance: Random, start: datetime, end: datetime) -> tuple[Row, ...]:
    hours = (end - start) // timedelta(hours=1) + 1
    # Everyone lives in another week of the traced month, and so by another rhythm.
    first = chance.randrange(HOURS - hours)
    history = month(
        start - first * timedelta(hours=1),
        one_in=round(BUSIEST_ONE_IN * rank**TAIL),
        hours=range(first, first + hours),
        lateness=LATENESS,
        seed=chance.getrandbits(32),
    )
    return history.rows


class PlainBudget(msgspec.Struct, frozen=True):
    """A budget as a person would describe it: points, shares in percent, a period, whose it is."""

    name: str
    points: int
    shares: tuple[int, ...]
    period: str
    team: str = ""
    together: bool = False

    @property
    def thresholds(self) -> tuple[int, ...]:
        """The thresholds in points, lowest first."""
        return tuple(-(-self.points * share // 100) for share in self.shares)

    def highest(self, points: int) -> int:
        """Give the highest threshold that so many points have reached; 0 for none."""
        return max((one for one in self.thresholds if points >= one), default=0)

    def window(self, at: datetime) -> Window:
        """Give the window that holds an instant."""
        start = at.astimezone(ZoneInfo(ZONE)).replace(minute=0, second=0, microsecond=0)
        if self.period == "hour":
            start = start.astimezone(UTC)
            return self.name, start, start + timedelta(hours=1)
        start = start.replace(hour=0, day=1 if self.period == "month" else start.day)
        following = start + timedelta(days=1)
        if self.period == "month":
            following = (start + timedelta(days=32)).replace(day=1)
        return self.name, start.astimezone(UTC), following.astimezone(UTC)

    def toml(self) -> str:
        """Write it as the config has it."""
        shares = ", ".join(f'"{share}%"' for share in self.shares)
        lines = [
            "[[budget]]",
            f'name = "{self.name}"',
            f"points = {self.points}",
            f'period = "{self.period}"',
            f"alert_at = [{shares}]",
            *([f'accounts = ["{self.team}*"]'] if self.team else []),
            *(["together = true"] if self.together else []),
        ]
        return "\n".join(lines)


BUDGETS = (
    PlainBudget("An account's month", 500_000, (50, 80, 100), "month"),
    PlainBudget("An account's day", 50_000, (80, 100), "day"),
    PlainBudget("An hour of production", 2_000, (50, 100), "hour", "production"),
    PlainBudget(
        "Everything this month", 8_000_000, (10, 25, 50, 75, 80, 85, 90, 95, 100), "month", together=True
    ),
    PlainBudget("Everything in an hour", 100_000, (25, 50, 100, 200), "hour", together=True),
    PlainBudget(
        "All of research, a day", 200_000, (10, 25, 50, 100, 200, 400), "day", "research", together=True
    ),
)
CONFIG = "\n\n".join([f'timezone = "{ZONE}"', *(budget.toml() for budget in BUDGETS)])

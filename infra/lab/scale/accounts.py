"""The accounts of a simulation, of very different size, made of real traces; and the budgets over them."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from standins.history import HOURS, Lateness, month
from standins.poe_store import Row

TEAMS = ("production", "research", "support")
BUSIEST_ONE_IN = 2
"""The largest account asks half as much as the real service that was traced: some 500 times an hour."""
TAIL = 1.2
"""The account of rank n asks so much as the largest divided by n to this power."""
IDLE = 0.5
"""This share of the accounts, those of the last ranks, ask nothing at all."""
LATENESS = Lateness(rows=0.02, costs=0.03)
KEY_LENGTH = 43


class Member(msgspec.Struct, frozen=True):
    """An account: its name, its key, and its history, oldest row first."""

    name: str
    key: str
    rows: tuple[Row, ...]

    def called(self, name: str) -> "Member":
        """Give the same account under another name."""
        return msgspec.structs.replace(self, name=name)


def members(count: int, seed: int, start: datetime, end: datetime) -> tuple[Member, ...]:
    """Make so many accounts with usage from `start` to `end`; the same arguments give the same ones."""
    return tuple(_member(rank, count, seed, start, end) for rank in range(1, count + 1))


def _member(rank: int, count: int, seed: int, start: datetime, end: datetime) -> Member:
    name = f"{TEAMS[rank % len(TEAMS)]}-{rank:04}"
    chance = Random(f"{seed} {rank}")  # noqa: S311 - made-up usage guards nothing
    rows = () if rank > max(count * (1 - IDLE), 1) else _rows(rank, chance, start, end)
    return Member(name, f"{name}-{chance.getrandbits(256):064x}"[:KEY_LENGTH], rows)


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


ZONE = "Europe/London"


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

    def is_about(self, account: str) -> bool:
        """Tell whether an account's usage counts in it."""
        return account.startswith(self.team)

    def highest(self, points: int) -> int:
        """Give the highest threshold that so many points have reached; 0 for none."""
        return max((one for one in self.thresholds if points >= one), default=0)

    def window(self, at: datetime) -> datetime:
        """Give the start of the window that holds an instant."""
        if self.period == "hour":
            return at.replace(minute=0, second=0, microsecond=0)
        midnight = at.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight.replace(day=1) if self.period == "month" else midnight).astimezone(UTC)

    def is_over(self, window: datetime, at: datetime) -> datetime | None:
        """Give the end of the window that begins at an instant, if it is over; None where it is not."""
        end = window
        while self.window(end) == window:
            end += timedelta(hours=1)
        return end if end <= at else None

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


def config(budgets: tuple[PlainBudget, ...] = BUDGETS) -> str:
    """Write the config."""
    return "\n\n".join([f'timezone = "{ZONE}"', *(budget.toml() for budget in budgets)])


INTERVAL = timedelta(minutes=5)

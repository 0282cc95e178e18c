"""What Poe keeps of an account: the rows of its history, and the points that it is granted."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count, takewhile

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Return the Unix time of an aware instant in microseconds, the unit of Poe's `creation_time`."""
    return (instant - EPOCH) // timedelta(microseconds=1)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the history; all times are Unix times in microseconds.

    `visible_at` makes a late row: the list shows it from then on (None: from its creation on).
    `cost_lands_at` makes a late cost: until then the row shows 0 points and no money.
    """

    creation_time: int
    query_id: str
    bot_name: str = "Claude-Sonnet-4.5"
    usage_type: str = "API"
    cost_points: int
    api_key_name: str | None = None
    cost_usd: str | None = None
    chat_name: str | None = None
    canvas_tab_name: str | None = None
    visible_at: int | None = None
    cost_lands_at: int | None = None

    def seen(self, now: int) -> bool:
        """Tell whether the list holds the row at `now`, leaving aside that rows are kept for 30 days."""
        return now >= (self.creation_time if self.visible_at is None else self.visible_at)

    def landed(self, now: int) -> bool:
        """Tell whether the row shows its cost at `now`."""
        return self.cost_lands_at is None or now >= self.cost_lands_at

    def points(self, now: int) -> int:
        """Return the cost that the row shows at `now`."""
        return self.cost_points if self.landed(now) else 0

    def shown(self, now: int) -> dict[str, object]:
        """Return the row as the list shows it at `now`; fields that it does not have are left out."""
        optional = {
            "api_key_name": self.api_key_name,
            "cost_usd": self.cost_usd if self.landed(now) else None,
            "chat_name": self.chat_name,
            "canvas_tab_name": self.canvas_tab_name,
        }
        return {
            "creation_time": self.creation_time,
            "bot_name": self.bot_name,
            "query_id": self.query_id,
            "usage_type": self.usage_type,
            "cost_points": self.points(now),
            **{name: value for name, value in optional.items() if value is not None},
        }


class UnknownPosition(StrEnum):
    """What an unknown or expired `starting_after` gets: Poe does not document it, so all are tried out."""

    REFUSED = "refused"
    EMPTY = "empty"
    RESTART = "restart"


class Grants(StrEnum):
    """When an account is granted its points."""

    ONCE = "once"
    MONTHLY = "monthly"


class Shown(StrEnum):
    """How the question for the balance is answered: most of its answer is not documented."""

    WHOLE = "whole"
    NEXT_GRANT = "next grant, without the cycle's start"
    GARBLED = "garbled"
    NOT_AT_ALL = "not at all"


@dataclass
class PoeAccount:
    """An account that is granted points, which never expire; all of it can be changed while it is asked.

    `points` come at `begins`, and, as `grants` says, each month after it, on the last day of a month that is
    too short. `bought` are points beside the plan. What was created before `begins` costs nothing.
    """

    points: int = 1_000_000
    grants: Grants = Grants.ONCE
    begins: datetime = EPOCH
    bought: int = 0
    auto_recharge: bool = False
    shown: Shown = Shown.WHOLE
    charged: int = 0

    def charge(self, points: int) -> None:
        """Take points of which the history will never say anything."""
        self.charged += points

    def left(self, now: datetime, spent: int) -> int:
        """Return the points left at `now`, when what was created since `begins` has cost `spent`."""
        granted = len(self._granted(now)) * self.points
        return granted + self.bought - self.charged - spent

    def answer(self, now: datetime, spent: int) -> dict[str, object] | None:
        """Return the JSON object that Poe would answer at `now`; None where it answers nothing."""
        if self.shown is Shown.NOT_AT_ALL:
            return None
        if self.shown is Shown.GARBLED:
            return {"current_point_balance": "plenty", "next_monthly_grant_time": [], "auto_recharge": "?"}
        left = self.left(now, spent)
        dates = self._dates() if self.grants is Grants.MONTHLY else ()
        following = next((date for date in dates if date > now), None)
        return {
            "current_point_balance": left,
            "plan_points_balance": left - self.bought,
            "addon_point_balance": self.bought,
            "points_cycle_start_time": self._start(now),
            "next_daily_grant_time": 0,
            "next_daily_grant_amount": 0,
            "next_monthly_grant_time": microseconds(following) if following else 0,
            "next_monthly_grant_amount": self.points if following else 0,
            "auto_recharge": {"enabled": self.auto_recharge},
        }

    def _start(self, now: datetime) -> int:
        if self.shown is Shown.NEXT_GRANT:
            return 0
        return max(map(microseconds, self._granted(now)), default=0)

    def _granted(self, now: datetime) -> list[datetime]:
        return list(takewhile(lambda date: date <= now, self._dates()))

    def _dates(self) -> Iterator[datetime]:
        yield self.begins
        if self.grants is Grants.MONTHLY:
            yield from (_months_later(self.begins, number) for number in count(1))


def _months_later(instant: datetime, number: int) -> datetime:
    years, month = divmod(instant.month - 1 + number, 12)
    last = monthrange(instant.year + years, month + 1)[1]
    return instant.replace(year=instant.year + years, month=month + 1, day=min(instant.day, last))

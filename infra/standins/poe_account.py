"""What a simulated account is granted, and how the question for what is left of it is answered."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count, takewhile

from standins.poe_store import microseconds

_DAY = timedelta(days=1)
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class Grants(StrEnum):
    """When an account is granted its points."""

    ONCE = "once"
    DAILY = "daily"
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

    `points` come at `begins`, and, as `grants` says, at each midnight UTC after it, or each month after it,
    on the last day of a month that is too short. `bought` are points beside the plan. What was created
    before `begins` costs the account nothing.
    """

    points: int = 1_000_000
    grants: Grants = Grants.ONCE
    begins: datetime = _ALWAYS
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
        return {
            "current_point_balance": left,
            "plan_points_balance": left - self.bought,
            "addon_point_balance": self.bought,
            "points_cycle_start_time": self._start(now),
            **self._following("daily", now, Grants.DAILY),
            **self._following("monthly", now, Grants.MONTHLY),
            "auto_recharge": {"enabled": self.auto_recharge},
        }

    def _start(self, now: datetime) -> int:
        if self.shown is Shown.NEXT_GRANT:
            return 0
        return max(map(microseconds, self._granted(now)), default=0)

    def _following(self, name: str, now: datetime, grants: Grants) -> dict[str, object]:
        dates = self._dates() if self.grants is grants else ()
        following = next((date for date in dates if date > now), None)
        return {
            f"next_{name}_grant_time": microseconds(following) if following else 0,
            f"next_{name}_grant_amount": self.points if following else 0,
        }

    def _granted(self, now: datetime) -> list[datetime]:
        return list(takewhile(lambda date: date <= now, self._dates()))

    def _dates(self) -> Iterator[datetime]:
        yield self.begins
        if self.grants is Grants.DAILY:
            midnight = self.begins.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            yield from (midnight + number * _DAY for number in count(1))
        if self.grants is Grants.MONTHLY:
            yield from (_months_later(self.begins, number) for number in count(1))


def _months_later(instant: datetime, number: int) -> datetime:
    years, month = divmod(instant.month - 1 + number, 12)
    last = monthrange(instant.year + years, month + 1)[1]
    return instant.replace(year=instant.year + years, month=month + 1, day=min(instant.day, last))

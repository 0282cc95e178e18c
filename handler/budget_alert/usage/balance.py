"""What is left on the account: bytes -> PoeBalance."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.errors import UnreadableAnswerError
from budget_alert.instants import from_micros
from budget_alert.usage import fields
from budget_alert.usage.answers import UNREADABLE, decoded

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""No later grant is believed: a time zone, or one month more, could take it past the last year there is."""

_Answer: TypeAlias = Mapping[str, msgspec.Raw]
_ANSWER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NUMBER = msgspec.json.Decoder(int | float | str)
_SWITCH = msgspec.json.Decoder(bool | dict[str, msgspec.Raw])
_ABSENT = (b"", b"null")


class PoeBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What `/usage/current_balance` says; an instant is None where there is no such grant.

    `points` is what is left, negative where Poe let the account overdraw; `daily_grant` and
    `monthly_grant` are the points of the next grant, None where Poe does not say. `auto_recharge` says
    that Poe buys more points by itself.
    """

    points: int
    cycle_start: datetime | None = None
    next_daily_grant: datetime | None = None
    next_monthly_grant: datetime | None = None
    daily_grant: int | None = None
    monthly_grant: int | None = None
    auto_recharge: bool = False

    @property
    def cycle(self) -> Cycle | None:
        """The windows of period "billing"; None where Poe names no grant.

        Of two grants the monthly one counts: it is what the plan is paid for, and so the budget.
        """
        if self.next_monthly_grant is not None:
            return Cycle(self.next_monthly_grant, self.cycle_start)
        return None if self.next_daily_grant is None else Cycle()


def parse_balance(body: bytes) -> PoeBalance:
    """Read one answer of `/usage/current_balance`; raises UnreadableAnswerError where it names no balance.

    Poe documents `current_point_balance` alone (https://creator.poe.com/api-reference/getCurrentBalance);
    the other names are those of its own command-line tool. Of those, the names of the two amounts are
    unsure, so that a few more spellings are taken. Another field that cannot be read is left out, and a
    grant of 0 points is none.
    """
    answer = decoded(body, _ANSWER, _unreadable)
    next_daily_grant, daily_grant = _grant(answer, "daily")
    next_monthly_grant, monthly_grant = _grant(answer, "monthly")
    return PoeBalance(
        points=_points(answer),
        cycle_start=_instant(answer, "points_cycle_start_time"),
        next_daily_grant=next_daily_grant,
        next_monthly_grant=next_monthly_grant,
        daily_grant=daily_grant,
        monthly_grant=monthly_grant,
        auto_recharge=_is_on(answer, "auto_recharge"),
    )


def _points(answer: _Answer) -> int:
    whole = _number(answer, "current_point_balance", fields.points)
    if whole is not None:
        return whole
    given = [name for name in ("plan_points_balance", "addon_point_balance") if _is_given(answer, name)]
    parts = [_number(answer, name, fields.points) for name in given]
    # A part that cannot be read must not count as 0: the account would seem to run dry.
    readable = [part for part in parts if part is not None]
    if not readable or len(readable) < len(parts):
        raise _unreadable("it names no balance that can be read")
    return sum(readable)


def _grant(answer: _Answer, every: str) -> tuple[datetime | None, int | None]:
    names = (f"next_{every}_grant_amount", f"{every}_grant_amount", f"{every}_grant_points")
    amounts = (_number(answer, name, fields.points) for name in names)
    amount = next((amount for amount in amounts if amount is not None and amount >= 0), None)
    return (None, None) if amount == 0 else (_instant(answer, f"next_{every}_grant_time"), amount)


def _instant(answer: _Answer, name: str) -> datetime | None:
    micros = _number(answer, name, fields.creation_time)
    instant = from_micros(micros) if micros else None
    return instant if instant and instant < LATEST else None


def _number(answer: _Answer, name: str, read: Callable[[float | str], int]) -> int | None:
    try:
        return read(_NUMBER.decode(answer.get(name, b"")))
    except UNREADABLE:
        return None


def _is_on(answer: _Answer, name: str) -> bool:
    """Tell whether a setting is there and is not switched off: Poe names what was never switched on, too."""
    try:
        setting = _SWITCH.decode(answer.get(name, b""))
        return setting if isinstance(setting, bool) else bytes(setting.get("enabled", b"true")) == b"true"
    except UNREADABLE:
        return False


def _is_given(answer: _Answer, name: str) -> bool:
    return bytes(answer.get(name, b"")) not in _ABSENT


def _unreadable(what: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"Poe's answer to the question for the balance cannot be read: {what}. The next tick tries again; if "
        "this lasts, look for a newer version of this function, Poe may have changed, or remove the rules on "
        "the balance and the billing budgets"
    )

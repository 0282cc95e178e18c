"""What is left on the account: bytes -> PoeBalance."""

from datetime import datetime

import msgspec

from budget_alert.config.billing import Cycle


class PoeBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What `/usage/current_balance` says; an instant is None where there is no such grant."""

    points: int
    cycle_start: datetime | None = None
    next_daily_grant: datetime | None = None
    next_monthly_grant: datetime | None = None
    daily_grant: int | None = None
    monthly_grant: int | None = None
    auto_recharge: bool = False

    @property
    def cycle(self) -> Cycle | None:
        """The windows of period "billing"; None where Poe names no grant."""
        raise NotImplementedError


def parse_balance(body: bytes) -> PoeBalance:
    """Read one answer of `/usage/current_balance`; raises UnreadableAnswerError where it names no balance."""
    raise NotImplementedError

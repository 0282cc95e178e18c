"""What is left on the account."""

from datetime import datetime

import msgspec

from budget_alert.config.billing import Cycle


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

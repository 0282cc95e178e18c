"""What a tick did, as the function returns it and as it logs it."""

from typing import Any

import msgspec

from budget_alert.accounting.counting import Counted
from budget_alert.accounting.walk import Walk
from budget_alert.delivery import Delivered


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The contract's answer of a tick; `points` is what it added to the totals."""

    account: str
    complete: bool
    pages: int
    entries: int
    points: int
    alerts: Delivered

    @classmethod
    def of(
        cls, account: str, walk: Walk, counted: Counted | None = None, told: Delivered | None = None
    ) -> "Report":
        """Say what a tick did; one that lost the race against another counted and told nothing."""
        return cls(
            account=account,
            complete=counted is not None and counted.complete,
            pages=walk.pages,
            entries=walk.entries,
            points=counted.points if counted else 0,
            alerts=told or Delivered(),
        )

    def as_dict(self) -> dict[str, Any]:
        """Give plain values, as Lambda returns them."""
        answer: dict[str, Any] = msgspec.to_builtins(self)
        return answer

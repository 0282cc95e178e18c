"""All that a replay has seen by its end, for those who look back on it."""

from collections.abc import Sequence

import msgspec

from budget_alert.config.schema import Budget, Config, Filter
from budget_alert.usage.entries import Entry
from budget_alert.usage.slots import Span
from poe_budget.backtest.curves import Curve, curves
from poe_budget.backtest.ledger import ReplayLedger
from poe_budget.backtest.series import Series, picks


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A replay that is through.

    `span` goes from its first tick to its last, `entries` are None where the history has only sums, and
    `balanced` says that the balance was known.
    """

    config: Config
    ledger: ReplayLedger
    span: Span
    entries: Sequence[Entry] | None
    balanced: bool

    def series(self, kept: Filter) -> Series:
        """Give the sums of what a filter counts."""
        return self.ledger.series(picks(kept))

    def curves(self, budget: Budget) -> tuple[Curve, ...]:
        """Draw a budget's windows."""
        return curves(budget, self.series(budget.filter).points, self.span, self.ledger.memory.cycles)

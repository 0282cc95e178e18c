"""An account that is watched through a replay: one tick after another, judged by the function's policy."""

from datetime import datetime, timedelta

from budget_alert.alerts import Alert
from budget_alert.config.schema import Config
from budget_alert.rules.judge import judge
from budget_alert.rules.plan import planned
from budget_alert.rules.reading import case_of
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.slots import Slots
from poe_budget.backtest.ledger import ReplayLedger

SETTLE = timedelta(minutes=60)
"""The function's default."""


class Account:
    """One account under one config."""

    def __init__(self, config: Config, ledger: ReplayLedger) -> None:
        self._config = config
        self._ledger = ledger

    def tick(self, now: datetime, changes: Slots, balance: PoeBalance | None = None) -> tuple[Alert, ...]:
        """Count what is new and judge it, in the order of the function's own tick; give what it tells.

        `balance` is what Poe says is left, None where that is not known.
        """
        ledger, config = self._ledger, self._config
        ledger.record(now, now - SETTLE, changes)
        plan = planned(config, ledger.memory, ledger.state, now, balance)
        decision = judge(case_of(config, plan, ledger, ledger.memory, ledger.state))
        ledger.apply(decision)
        return decision.alerts

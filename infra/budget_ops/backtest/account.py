"""An account that is watched through a replay: one tick after another, judged by the function's policy."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from budget_alert.accounting.balance import PoeBalance
from budget_alert.accounting.usage import Slots
from budget_alert.config.rules import Config
from budget_alert.messages.alerts import Alert
from budget_alert.policy.case import Case
from budget_alert.policy.claims import Claim
from budget_alert.policy.judge import judge, told_keys
from budget_alert.policy.plan import planned
from budget_alert.policy.told import Told
from budget_ops.backtest.ledger import ReplayLedger
from budget_ops.backtest.series import picks
from budget_ops.backtest.views import Pasts, ReplayedView

SETTLE = timedelta(minutes=60)
"""The function's default."""


class Account:
    """One account under one config."""

    def __init__(self, config: Config, ledger: ReplayLedger) -> None:
        self._config = config
        self._ledger = ledger
        self._pasts = {budget.filter: Pasts(picks(budget.filter)) for budget in config.budgets}

    def tick(self, now: datetime, changes: Slots, balance: PoeBalance | None = None) -> tuple[Alert, ...]:
        """Count what is new and judge it, in the order of the function's own tick; give what it tells.

        `balance` is what Poe says is left, None where that is not known.
        """
        self._ledger.record(now, now - SETTLE, changes)
        claim = self._judged(now, balance)
        self._ledger.claim(claim)
        return claim.alerts

    def _judged(self, now: datetime, balance: PoeBalance | None) -> Claim:
        ledger, config = self._ledger, self._config
        plan = planned(config, ledger.notes, ledger.state, now, balance)
        usage, named = ledger.usage(plan), ledger.named(plan.named)
        views = [
            ReplayedView(question, usage, ledger.state.gaps, self._pasts[question.budget.filter])
            for question in plan.asked
        ]
        case = Case(
            config=config,
            plan=plan,
            views=views,
            usage=usage,
            named=named,
            told=self._told(told_keys(config, plan, views, ledger.notes, named)),
            notes=ledger.notes,
            state=ledger.state,
            balance=balance,
        )
        return judge(case)

    def _told(self, keys: list[str]) -> Mapping[str, Told]:
        told = self._ledger.told
        return {key: told[key] for key in keys if key in told}

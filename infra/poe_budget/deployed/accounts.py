"""Where each of several accounts stands, as a deployed function has counted and told it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from budget_alert.config.schema import Config
from budget_alert.errors import SecretError
from budget_alert.rules.scope import Scope
from budget_alert.secret import parse_keyring
from poe_budget.deployed.case import Remembered, case_now
from poe_budget.deployed.function import Deployed
from poe_budget.deployed.health import coverage_of, health_of
from poe_budget.deployed.standing import budgets_of
from poe_budget.deployed.status import AccountStatus
from poe_budget.errors import OpsError
from poe_budget.past.accounts import rules_for
from poe_budget.past.history import Reporter


def named_in_secret(deployed: Deployed) -> tuple[str, ...]:
    """Name the accounts of the stack's secret; raises OpsError where it does not say."""
    try:
        return parse_keyring(deployed.secret()).accounts
    except SecretError:
        pass
    # Outside of the handler: nothing may be chained to it that could quote the secret.
    raise OpsError(f"the secret of {deployed.name} cannot be used")


def each_of(
    deployed: Deployed, accounts: Sequence[str], config: Config, now: datetime, reporter: Reporter
) -> Iterator[AccountStatus]:
    """Tell where each account stands by the rules that are about it; raises LedgerError."""
    for number, account in enumerate(accounts, 1):
        yield _standing(deployed, account, config, now)
        reporter.reached(number / len(accounts), f"{number:,} of {len(accounts):,} accounts read")


def _standing(deployed: Deployed, account: str, config: Config, now: datetime) -> AccountStatus:
    state, memory, _ = deployed.ledger(account).begun()
    if state is None:
        return AccountStatus(account=account)
    rules = rules_for(config, Scope(account=account, several=True))
    case = case_now(rules, deployed.ledger(account), Remembered(state, memory), now)
    waiting = deployed.outbox(account).alerts(state.outbox_since) if state.outbox_since else []
    return AccountStatus(
        account=account,
        budgets=budgets_of(case),
        coverage=coverage_of(state, now),
        health=health_of(memory, waiting, account),
    )

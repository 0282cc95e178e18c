"""Accounts as a command is asked for them: by a name, or for their sum, or for the only one."""

from budget_alert.config.schema import Config
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.messages.wording import name
from budget_alert.rules.scope import Scope


def scope_of(account: str | None) -> Scope:
    """Give whose usage a command is about: one of several accounts, their sum, or the one without a name."""
    return Scope(account=account or ALONE, several=account is not None)


def rules_for(config: Config, scope: Scope) -> Config:
    """Give the rules of a config that are about these accounts."""
    # A scope gives no rules only of no config.
    return scope.rules(config)


def whose(account: str | None) -> str:
    """Give the end of what is read, such as a table, by the account that was asked for."""
    if account is None:
        return ""
    return ", all accounts" if account == TOGETHER else f", account {name(account)}"


def uncounted(stack: str, account: str | None) -> str:
    """Say that nothing is counted of an account, and what to do."""
    if account is not None:
        advice = "name one that the stack's secret names, or wait for its next tick"
        return f"the function of {stack} has counted nothing{whose(account)}; {advice}"
    advice = "wait for its next tick, or name one of its accounts with --account if it has several"
    return f"the function of {stack} has counted nothing yet; {advice}"

"""What several commands ask of a deployed stack."""

from collections.abc import Mapping

import msgspec

from budget_alert.config.schema import Config
from budget_alert.rules.evaluation import Evaluation
from budget_alert.usage.balance import PoeBalance
from poe_budget.cli.looking import answered, status_of
from poe_budget.cli.output import notes, progress
from poe_budget.cli.stacked import Candidate
from poe_budget.deployed import function
from poe_budget.deployed.accounts import each_of, named_in_secret
from poe_budget.deployed.balance import asked_for
from poe_budget.deployed.case import case_now
from poe_budget.deployed.health import health_of, with_members
from poe_budget.deployed.present import Present, present
from poe_budget.deployed.status import AccountStatus, Status
from poe_budget.errors import OpsError
from poe_budget.past.accounts import rules_for, uncounted, whose
from poe_budget.past.history import Reporter
from poe_budget.past.poe import now


def status_of_stack(
    name: str, account: str | None, config: Candidate | None, environ: Mapping[str, str], *, ask_poe: bool
) -> Status:
    """Tell where everything stands that a function watches, by the config in force or by another.

    `account` is one of several, or the name of their sum; without it, where there are several, it is all of
    them. Raises OpsError where something cannot be read.
    """
    with progress("Reading the ledger") as reporter:
        found = ticked(name, account)
        rules = config.config if config else in_force(found)
        case = case_by(found, rules, environ, ask_poe=ask_poe)
        health = health_of(found.known.memory, found.waiting())
        accounts = _accounts(found, rules, reporter) if found.scope.together else ()
    source = f"The stack {name}{whose(found.scope.account if found.scope.several else None)}"
    status = status_of(case, found.known, source, config.name if config else found.source, health)
    return msgspec.structs.replace(status, health=with_members(health, accounts), accounts=accounts)


def _accounts(found: Present, rules: Config, reporter: Reporter) -> tuple[AccountStatus, ...]:
    """Tell where each account stands; that the secret does not name them is only noted."""
    try:
        named = named_in_secret(found.deployed)
    except OpsError as error:
        notes([f"which accounts there are is not known: {error}; name one with --account"])
        return ()
    with found.deployed.reading():
        return tuple(each_of(found.deployed, named, rules, now(), reporter))


def seen(name: str, account: str | None = None) -> Present:
    """Look up the function of a stack, and read what it goes by; raises OpsError."""
    return present(function.deployed(name), now(), account)


def ticked(name: str, account: str | None) -> Present:
    """Look up a function that has ticked at least once, for this account; raises OpsError."""
    found = seen(name, account)
    if not found.ticked and found.scope.several:
        raise OpsError(uncounted(name, account))
    if not found.ticked:
        tick = f"`poe-budget tick --stack {name}`"
        raise OpsError(f"the function of {name} has not ticked yet: {tick} lets it")
    return found


def in_force(found: Present) -> Config:
    """Give the config that the function goes by; raises OpsError where it has none."""
    if found.in_force.config is None:
        push = f"`poe-budget push FILE --stack {found.deployed.name}`"
        raise OpsError(f"no usable config is in force, {found.source} has mistakes: {push} puts another")
    return found.in_force.config


def case_by(found: Present, config: Config, environ: Mapping[str, str], *, ask_poe: bool) -> Evaluation:
    """Give what the function would judge by now under a config, by the rules that are about the account.

    Poe is asked what is left with POE_API_KEY if that is set, or with the stack's own key if `ask_poe`.
    Raises OpsError.
    """
    balance = _balance(found, environ, ask_poe=ask_poe)
    rules, account = rules_for(config, found.scope), found.scope.account
    with found.deployed.reading():
        return case_now(rules, found.deployed.ledger(account), found.known, now(), balance)


def _balance(found: Present, environ: Mapping[str, str], *, ask_poe: bool) -> PoeBalance | None:
    """Ask, unless nobody wants it, or it is about all accounts: what is left is left on one of them."""
    if found.scope.together or not (ask_poe or environ.get("POE_API_KEY")):
        return None
    return answered(lambda: asked_for(found.deployed, found.scope.account, environ))

"""Where everything stands by a saved history, or by Poe."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from budget_alert.errors import ScanError
from budget_alert.messages.wording import clean
from budget_alert.rules.evaluation import Evaluation
from budget_alert.usage.balance import PoeBalance
from poe_budget.cli.errors import cause_of
from poe_budget.cli.options import history_from
from poe_budget.cli.output import notes
from poe_budget.cli.stacked import Candidate
from poe_budget.deployed.case import Remembered, case_now
from poe_budget.deployed.health import coverage_of
from poe_budget.deployed.saved import SavedUsage, remembered_of
from poe_budget.deployed.standing import balance_of, budgets_of, unknown_of
from poe_budget.deployed.status import Health, Status
from poe_budget.past.accounts import rules_for, scope_of


def status_of_history(
    config: Candidate, file: Path | None, account: str | None, environ: Mapping[str, str], *, ask_poe: bool
) -> Status:
    """Tell where everything stands at the end of a history, of which nothing was ever told.

    It goes by the rules that are about `account`, or about the one that has no name.
    Poe is asked what is left where the history is Poe's, or `ask_poe` wants it. Raises OpsError or ScanError
    where something cannot be read.
    """
    rules = rules_for(config.config, scope_of(account))
    history = history_from(file, None)
    balance = answered(lambda: _asked(environ)) if ask_poe or not file else None
    known = remembered_of(history)
    case = case_now(rules, SavedUsage(history.slots), known, history.end, balance)
    # What came before the history is no gap that anybody will read.
    read = msgspec.structs.replace(known.state, gaps=())
    return status_of(case, Remembered(read, known.memory), history.source, config.name)


def status_of(
    case: Evaluation, known: Remembered, source: str, config: str, health: Health | None = None
) -> Status:
    """Put together what is known of a case; `source` is where its usage is from, `config` its config."""
    return Status(
        at=case.now,
        source=source,
        config=config,
        timezone=case.config.timezone,
        budgets=budgets_of(case),
        unknown=unknown_of(case),
        balance=balance_of(case),
        coverage=coverage_of(known.state, case.now),
        health=health,
    )


def answered(ask: Callable[[], PoeBalance]) -> PoeBalance | None:
    """Ask Poe what is left; that it does not say is only noted."""
    try:
        return ask()
    except ScanError as error:
        notes([f"what is left is not known: {clean(cause_of(error))}"])
        return None


def _asked(environ: Mapping[str, str]) -> PoeBalance:
    # AWS's client takes long to load, and is not needed here.
    from poe_budget.deployed.balance import asked_by  # noqa: PLC0415 - see above

    return asked_by(environ)

"""What the function of a stack remembers, and the config that it goes by."""

from datetime import datetime

import msgspec

from budget_alert.config.in_force import InForce, in_force
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.ledger.outbox import Owed
from budget_alert.rules.scope import Scope
from budget_alert.usage.combined import is_several
from budget_alert.usage.state import State
from poe_budget.deployed.case import Remembered
from poe_budget.deployed.function import Deployed
from poe_budget.deployed.parameter import BudgetsParameter, Version


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """A deployed function as it stands, as far as it is about `scope`.

    `newest` is the newest text of the config and `in_force` what the function makes of it; `source` says in
    words where that is from.
    """

    deployed: Deployed
    scope: Scope
    known: Remembered
    parameter: BudgetsParameter
    newest: Version
    in_force: InForce
    source: str

    @property
    def ticked(self) -> bool:
        """Whether the function has ever ticked."""
        return self.known.state.version > 0

    def waiting(self) -> list[Owed]:
        """Read the alerts written since the oldest that may still wait for a channel; raises OpsError."""
        since = self.known.state.outbox_since
        with self.deployed.reading():
            return self.deployed.outbox(self.scope.account).alerts(since) if since else []


class Newest(msgspec.Struct, frozen=True):
    """A ConfigSource of one text."""

    text: str

    def read(self) -> str:
        """Give the text."""
        return self.text


def present(deployed: Deployed, now: datetime, account: str | None = None) -> Present:
    """Read what a function goes by; one that has never ticked begins `now`. Raises OpsError.

    `account` is one of several, or the name of their sum; without it, it is their sum where
    there are several, or else the one that has no name.
    """
    with deployed.reading():
        if account is None and is_several(*(deployed.ledger(each).state() for each in (TOGETHER, ALONE))):
            account = TOGETHER
        scope = Scope(account=account or ALONE, several=account is not None)
        ledger = deployed.ledger(scope.account)
        known = Remembered(ledger.state() or State(started_at=now), ledger.memory())
    parameter = deployed.parameter()
    newest = parameter.newest()
    found, source = in_force(Newest(newest.text), known.memory.config), parameter.words(newest)
    return Present(
        deployed=deployed,
        scope=scope,
        known=known,
        parameter=parameter,
        newest=newest,
        in_force=found,
        source=f"the last good config, for {source} has mistakes" if found.mistakes else source,
    )

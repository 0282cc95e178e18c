"""The function of a deployed stack, and all that it works with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.config import Config

from budget_alert.errors import LedgerError
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.table import Table
from budget_alert.settings import Settings, settings_from
from poe_budget import stack as stacks
from poe_budget.deployed.invoking import Invoked, invoked
from poe_budget.deployed.parameter import BudgetsParameter
from poe_budget.errors import OpsError
from poe_budget.stack import AWS_CALLS, aws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import boto3

    from poe_budget.stack import Stack

LEAST_PATIENCE_SECONDS = 300
SPARE_SECONDS = 15
"""What an invocation takes besides the function's own time: its start, and the way there and back."""


class Deployed:
    """One stack's function: its settings, its table, its config, and itself.

    `seconds` is how long one tick may take.
    """

    def __init__(self, stack: Stack, session: boto3.Session, settings: Settings, seconds: int) -> None:
        self._stack = stack
        self._session = session
        self._seconds = seconds
        self.name = stack.name
        self.settings = settings

    def client(self, service: Any, config: Config = AWS_CALLS) -> Any:  # noqa: ANN401 - as boto3's own overloads
        """Give a client of one of AWS's services, with the caller's rights; raises OpsError."""
        with aws(f"open {service}"):
            return self._session.client(service, config=config)

    def secret(self) -> str:
        """Read the stack's secret, of which nothing may be shown; raises OpsError."""
        client = self.client("secretsmanager")
        with aws("read the stack's secret"):
            found = client.get_secret_value(SecretId=self.settings.secret_id)
        return str(found.get("SecretString", ""))

    def ledger(self, account: str) -> Ledger:
        """Give the ledger of an account; what it raises, `reading` turns into one line."""
        return Ledger(self._table(account))

    def outbox(self, account: str) -> Outbox:
        """Give the outbox of an account; raises as the ledger does."""
        return Outbox(self._table(account))

    def parameter(self) -> BudgetsParameter:
        """Give the parameter with the config."""
        settings = self.settings
        return BudgetsParameter(self.client("ssm"), settings.budgets_parameter, settings.default_budgets)

    def invoke(self, event: Mapping[str, str]) -> Invoked:
        """Run one tick now, and wait for its end; raises OpsError where it cannot be run."""
        patience = max(self._seconds + SPARE_SECONDS, LEAST_PATIENCE_SECONDS)
        once = Config(connect_timeout=5, read_timeout=patience, retries={"total_max_attempts": 1})
        client = self.client("lambda", once)
        with aws("invoke the function"):
            answer = client.invoke(
                FunctionName=self._stack.output("FunctionName"),
                LogType="Tail",
                Payload=msgspec.json.encode(event),
            )
            return invoked(answer, answer["Payload"].read())

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what the ledger raises into an OpsError that says it to who looks from outside."""
        try:
            yield
        except LedgerError as error:
            what = str(error).partition(". ")[0].partition(": ")[0]
            advice = "check that you may use it, and that this program is as new as the function"
            raise OpsError(f"the table of {self.name} cannot be used: {what}; {advice}") from error

    def _table(self, account: str) -> Table:
        return Table(self.client("dynamodb"), self.settings.table_name, account)


def deployed(name: str) -> Deployed:
    """Look up the function of a stack; raises OpsError, and SettingsError where its environment is wrong."""
    session = stacks.session()
    stack = stacks.found(name, session)
    function = stack.output("FunctionName")
    with aws("describe the function"):
        client = session.client("lambda", config=AWS_CALLS)
        found = client.get_function_configuration(FunctionName=function)
    settings = settings_from(found.get("Environment", {}).get("Variables", {}))
    return Deployed(stack, session, settings, found["Timeout"])

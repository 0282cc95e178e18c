"""The Lambda function."""

from typing import Any, Protocol

from budget_alert import wiring
from budget_alert.watch import tick


class Context(Protocol):
    """What a tick needs of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until Lambda stops the function."""


def lambda_handler(event: object, context: Context) -> dict[str, Any]:  # noqa: ARG001 - any event is a tick
    """Run one tick and return the report of the contract.

    Raises SettingsError, SecretError, LedgerError, WalkError or NobodyListeningError, so that Lambda
    counts the tick as failed; what could be counted and told has been by then.
    """
    with wiring.tools(lambda: context.get_remaining_time_in_millis() / 1000) as tools:
        return tick(tools).as_dict()

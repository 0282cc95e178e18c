"""The Lambda function."""

from typing import Any, Protocol

from budget_alert import wiring
from budget_alert.messages.alerts import Severity
from budget_alert.watch import tick


class Context(Protocol):
    """What a tick needs of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until Lambda stops the function."""


def lambda_handler(event: object, context: Context) -> dict[str, Any]:
    """Run one tick and return the report of the contract, whatever the event.

    After `{"test_alert": "info"}` (or "warning", or "critical") the tick also tells where every budget
    stands, marked as a test of that severity, and the report says under "channels" what each channel
    answered: "" where it took what was told.

    Raises SettingsError, SecretError, LedgerError, WalkError or NobodyListeningError, so that Lambda
    counts the tick as failed; what could be counted and told has been by then.
    """
    with wiring.tools(lambda: context.get_remaining_time_in_millis() / 1000) as tools:
        return tick(tools, test=_test(event)).as_dict()


def _test(event: object) -> Severity | None:
    asked = event.get("test_alert") if isinstance(event, dict) else None
    return Severity(asked) if asked in list(Severity) else None

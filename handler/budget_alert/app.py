"""The Lambda function."""

from typing import Any, Protocol

from budget_alert import wiring
from budget_alert.alerts import ChannelTest, Severity
from budget_alert.identity import is_named
from budget_alert.rounds import is_batch, run, served


class Context(Protocol):
    """What a tick needs of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until Lambda stops the function."""


def lambda_handler(event: Any, context: Context) -> dict[str, Any]:  # noqa: ANN401 - whatever the event
    """Run one tick and return the report of the contract, whatever the event.

    Where the secret names several accounts, it is the tick of each and of all together; the report sums them
    and lists them under "accounts". With a queue, they are put there instead: "queued" says how many. A batch
    of that queue is the ticks of the accounts that it names, and answered with the messages that failed.

    After `{"test_alert": "info"}` (or "warning", or "critical") the tick also says where every budget
    stands, marked as a test of that severity, and the report says under "channels" what each channel
    answered: "" where it took what was sent. With "channel", the name of one of the secret's slack_webhooks,
    the test goes there in place of the main one. Such a tick says under "error" what else it failed on, such
    as a refused key, and raises only where no channel has answered.

    Raises SettingsError, SecretError, LedgerError, ScanError, NobodyListeningError, AccountsFailedError or
    FanoutError, so that Lambda counts the tick as failed; what could be counted and sent has been by then.
    """
    with wiring.tools(lambda: context.get_remaining_time_in_millis() / 1000) as tools:
        # By this id Lambda's own lines about the run are found; tests and other callers may have none.
        tools.log.append_keys(**{wiring.REQUEST_ID: getattr(context, "aws_request_id", None)})
        return served(tools, event["Records"]) if is_batch(event) else run(tools, _test(event))


def _test(event: object) -> ChannelTest | None:
    asked = event if isinstance(event, dict) else {}
    severity, channel = asked.get("test_alert"), asked.get("channel")
    if severity not in list(Severity):
        return None
    return ChannelTest(
        Severity(severity), (channel,) if isinstance(channel, str) and is_named(channel) else ()
    )

"""The queue in which accounts wait for their ticks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from budget_alert.errors import FanoutError
from budget_alert.identity import TOGETHER

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_A_CALL = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html."""
LONGEST_DELAY = timedelta(minutes=2)
TRIES = 2


def delay_of(account: str, interval: timedelta) -> timedelta:
    """Tell for how long the queue holds a message back, so that all together come after the others."""
    return min(interval / 2, LONGEST_DELAY) if account == TOGETHER else timedelta(0)


def fan_out(client: "SQSClient", url: str, interval: timedelta, accounts: Sequence[str]) -> int:
    """Send a message that names it for each account, and one for all together, and say how many.

    Raises FanoutError where some could not be sent; the others are.
    """
    waiting: list[Any] = [
        {
            "Id": str(number),
            "MessageBody": msgspec.json.encode({"account": account}).decode(),
            "DelaySeconds": delay_of(account, interval) // timedelta(seconds=1),
        }
        for number, account in enumerate((*accounts, TOGETHER))
    ]
    number = len(waiting)
    for _ in range(TRIES):
        batches = [waiting[first : first + MOST_A_CALL] for first in range(0, len(waiting), MOST_A_CALL)]
        waiting = [entry for batch in batches for entry in _unsent(client, url, batch)]
    if waiting:
        raise FanoutError(
            f"{len(waiting)} of {number} accounts could not be put into the queue: the next tick puts "
            "them there again. If this lasts, see that the queue exists, and deploy the template again, "
            "which restores the function's rights"
        )
    return number


def _unsent(client: "SQSClient", url: str, batch: list[Any]) -> list[Any]:
    try:
        answer = client.send_message_batch(QueueUrl=url, Entries=batch)
    except (ClientError, BotoCoreError):
        return batch
    failed = {failure["Id"] for failure in answer.get("Failed", ())}
    return [entry for entry in batch if entry["Id"] in failed]

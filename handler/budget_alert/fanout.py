"""The queue in which accounts wait for their ticks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from budget_alert.errors import FanoutError
from budget_alert.identity import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MOST_A_CALL = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html."""
LONGEST_DELAY = timedelta(minutes=2)
TRIES = 2


class Due(msgspec.Struct, frozen=True):
    """A message of the queue: the account whose tick is due."""

    account: str


def delay_of(account: str, interval: timedelta) -> timedelta:
    """Tell for how long the queue holds a message back, so that all together come after the others."""
    return min(interval / 2, LONGEST_DELAY) if account == TOGETHER else timedelta(0)


class Fanout:
    """Puts accounts into the queue; all together come last, and later than the others."""

    def __init__(self, client: SQSClient, url: str, interval: timedelta) -> None:
        self._client = client
        self._url = url
        self._interval = interval

    def send(self, accounts: Sequence[str]) -> int:
        """Send a message for each account and one for all together, and say how many.

        Raises FanoutError where some could not be sent; the others are.
        """
        waiting = [self._entry(number, account) for number, account in enumerate((*accounts, TOGETHER))]
        number = len(waiting)
        for _ in range(TRIES):
            waiting = [entry for batch in _batches(waiting) for entry in self._unsent(batch)]
        if waiting:
            raise FanoutError(
                f"{len(waiting)} of {number} accounts could not be put into the queue: the next tick puts "
                "them there again. If this lasts, see that the queue exists, and deploy the template again, "
                "which restores the function's rights"
            )
        return number

    def _entry(self, number: int, account: str) -> SendMessageBatchRequestEntryTypeDef:
        return {
            "Id": str(number),
            "MessageBody": msgspec.json.encode(Due(account)).decode(),
            "DelaySeconds": delay_of(account, self._interval) // timedelta(seconds=1),
        }

    def _unsent(
        self, batch: Sequence[SendMessageBatchRequestEntryTypeDef]
    ) -> list[SendMessageBatchRequestEntryTypeDef]:
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=batch)
        except (ClientError, BotoCoreError):
            return list(batch)
        failed = {failure["Id"] for failure in answer.get("Failed", ())}
        return [entry for entry in batch if entry["Id"] in failed]


def _batches(
    entries: Sequence[SendMessageBatchRequestEntryTypeDef],
) -> Iterator[Sequence[SendMessageBatchRequestEntryTypeDef]]:
    for first in range(0, len(entries), MOST_A_CALL):
        yield entries[first : first + MOST_A_CALL]

"""A standard queue of SQS: at least once, in no order, and a dead-letter queue behind it.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import msgspec

from lab.costs.assumed import ACCOUNTS_A_BATCH

MOST_RECEIVES = 5
"""So often a message is handed out, by the template, before it is put aside."""
SCATTER = 40
"""A batch is drawn from so many of the messages that wait longest."""


class Letter(msgspec.Struct):
    """A message: when it was sent, from when on it can be received, how often it was, and when first."""

    number: int
    body: str
    sent_at: datetime
    visible_at: datetime
    received: int = 0
    first_at: datetime | None = None

    @property
    def account(self) -> str:
        """The account that it names."""
        account: str = msgspec.json.decode(self.body)["account"]
        return account

    def record(self) -> dict[str, object]:
        """Give it as Lambda's event source mapping hands it over."""
        return {
            "messageId": str(self.number),
            "receiptHandle": f"receipt-{self.number}-{self.received}",
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": str(self.received),
                "SentTimestamp": _millis(self.sent_at),
                "ApproximateFirstReceiveTimestamp": _millis(self.first_at or self.sent_at),
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:due",
            "awsRegion": "eu-west-1",
        }


def _millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


@dataclass
class StandardQueue:
    """The queue; `dead` are the messages that were received too often."""

    chance: Random
    visibility: timedelta
    waiting: list[Letter] = field(default_factory=list)
    dead: list[Letter] = field(default_factory=list)
    sent: int = 0
    receives: int = 0
    deletes: int = 0

    def send(self, body: str, now: datetime, delay: timedelta = timedelta(0)) -> None:
        """Take a message that nobody receives before its delay is over."""
        self.sent += 1
        self.waiting.append(Letter(self.sent, body, now, now + delay))

    def next_at(self) -> datetime | None:
        """Tell from when on a message can be received; None where there is none."""
        return min((letter.visible_at for letter in self.waiting), default=None)

    def receive(self, now: datetime) -> list[Letter]:
        """Give up to ten messages, hidden from others for a while; what came back too often is dead."""
        self.receives += 1
        for letter in [
            one for one in self.waiting if one.received >= MOST_RECEIVES and one.visible_at <= now
        ]:
            self.waiting.remove(letter)
            self.dead.append(letter)
        ready = [letter for letter in self.waiting if letter.visible_at <= now][:SCATTER]
        batch = self.chance.sample(ready, min(ACCOUNTS_A_BATCH, len(ready)))
        for letter in batch:
            letter.received += 1
            letter.first_at = letter.first_at or now
            letter.visible_at = now + self.visibility
        return batch

    def delete(self, letters: list[Letter]) -> None:
        """Forget messages that were dealt with, ten a request."""
        self.deletes += bool(letters)
        for letter in letters:
            self.waiting.remove(letter)

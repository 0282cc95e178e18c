"""The other services of AWS, as the function asks them: the secret, the config, the topic, the queue."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from lab.scale.edge import Edge
from standins.dynamodb import WRITES, DynamoDB, Item, error, partitions

LARGEST_SECRET = 65_536
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""
MOST_IN_A_BATCH = 10
_TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"

Sent = Callable[[str, timedelta], bool]
Published = Callable[[Mapping[str, Any]], None]


class MemorySecrets:
    """Secrets Manager with one secret."""

    def __init__(self, edge: Edge, text: str) -> None:
        self._edge = edge
        self.keep(text)

    def keep(self, text: str) -> None:
        """Hold another text from now on; raises ValueError where it is too long."""
        if len(text.encode()) > LARGEST_SECRET:
            raise ValueError(f"A secret holds {LARGEST_SECRET:,} bytes, and these keys take {len(text):,}")
        self._text = text

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, str]:  # noqa: N803 - boto3's
        """Give the secret."""
        answer = {"Name": SecretId, "SecretString": self._text}
        return self._edge.through("secretsmanager GetSecretValue", lambda: answer)


class MemoryParameters:
    """The parameter store of SSM with one parameter."""

    def __init__(self, edge: Edge, text: str) -> None:
        self._edge = edge
        self._text = text

    def get_parameter(self, *, Name: str, **_: object) -> Mapping[str, Mapping[str, str]]:  # noqa: N803 - boto3's
        """Give the parameter."""
        answer = {"Parameter": {"Name": Name, "Value": self._text}}
        return self._edge.through("ssm GetParameter", lambda: answer)


class MemoryTopic:
    """SNS with one topic to which somebody listens; `published` is told the record of each message."""

    def __init__(self, edge: Edge, published: Published) -> None:
        self._edge = edge
        self._published = published

    def get_paginator(self, _operation: str) -> "MemoryTopic":
        """Give the pages of the only question that is asked in pages."""
        return self

    def paginate(self, *, TopicArn: str) -> Iterator[Mapping[str, Any]]:  # noqa: N803 - boto3's
        """Give the subscriptions."""
        answer = {"Subscriptions": [{"SubscriptionArn": f"{TopicArn}:listener"}]}
        yield self._edge.through("sns ListSubscriptionsByTopic", lambda: answer)

    def publish(self, *, Message: str, **_: object) -> Mapping[str, str]:  # noqa: N803 - boto3's
        """Take a message."""
        record = msgspec.json.decode(msgspec.json.decode(Message)["sqs"])

        def publish() -> Mapping[str, str]:
            self._published(record)
            return {"MessageId": "1"}

        return self._edge.through("sns Publish", publish, record["account"])


class MemorySender:
    """The side of SQS that the function sends to; `sent` takes a body and its delay, or fails over it."""

    def __init__(self, edge: Edge, sent: Sent) -> None:
        self._edge = edge
        self._sent = sent

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        """Take up to ten messages, and name those that failed."""
        del QueueUrl
        if not 0 < len(Entries) <= MOST_IN_A_BATCH or len({one["Id"] for one in Entries}) < len(Entries):
            raise ValueError("a batch holds one to ten messages, each with an id of its own")

        def send() -> Mapping[str, Any]:
            done = {one["Id"]: self._sent(one["MessageBody"], _delay(one)) for one in Entries}
            return {
                "Successful": [{"Id": name} for name, sent in done.items() if sent],
                "Failed": [{"Id": name, "Code": "InternalError"} for name, sent in done.items() if not sent],
            }

        return self._edge.through("sqs SendMessageBatch", send)


class MemoryTable(DynamoDB):
    """DynamoDB behind the edge; `broken` are the partitions that take no writes for now."""

    def __init__(self, edge: Edge) -> None:
        super().__init__(through=self._passed)
        self._edge = edge
        self.broken: set[str] = set()

    def _passed(self, operation: str, asked: Mapping[str, Any], work: Callable[[], Item]) -> Item:
        about = partitions(asked)

        def call() -> Item:
            if operation in WRITES and about & self.broken:
                raise error(operation, "ThrottlingException")
            answer = work()
            self._edge.used.units.update(self.units)
            self.units.clear()
            return answer

        return self._edge.through(f"dynamodb {operation}", call, min(about) if len(about) == 1 else "")


class MemoryClients:
    """What stands in for a session of boto3."""

    def __init__(self, edge: Edge, secret: str, config: str, published: Published, sent: Sent) -> None:
        self.table = MemoryTable(edge)
        self.secrets = MemorySecrets(edge, secret)
        self._made: Mapping[str, Any] = {
            "dynamodb": self.table,
            "secretsmanager": self.secrets,
            "ssm": MemoryParameters(edge, config),
            "sns": MemoryTopic(edge, published),
            "sqs": MemorySender(edge, sent),
        }

    def client(self, service: str, **_: object) -> Any:  # noqa: ANN401 - which one it is, its name says
        """Give the client of a service, by AWS's name for it."""
        return self._made[service]


def _delay(entry: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=entry["DelaySeconds"])

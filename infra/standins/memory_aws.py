"""AWS, Poe and Slack within this process, without moto and without connections: many ticks in little time.

Every call of the function is counted on its way out, and can be interrupted before it and after its effect.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import TextIOBase
from itertools import count
from typing import Any, Self, TypeVar
from unittest.mock import patch

import boto3
import msgspec

from budget_alert import wiring
from budget_alert.http import Again, Answer
from standins.dynamodb import WRITES, DynamoDB, Item, error, partitions
from standins.loopback import Answer as Answering, asked_of
from standins.poe_store import microseconds
from standins.slack_receiver import PATH

POE_URL = "http://127.0.0.1/poe"
WEBHOOK = f"http://127.0.0.1/slack{PATH}"
LARGEST_SECRET = 65_536
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""
MOST_MESSAGES = 10
LOG_EVENT = 26
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
ENVIRONMENT = {
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "BUDGETS_PARAMETER": "/watch/budgets",
    "POE_API_URL": POE_URL,
    "SETTLE_MINUTES": "60",
}
_NOT_OURS = ("POWERTOOLS_METRICS_DISABLED", "DEFAULT_BUDGETS", "DASHBOARD_URL", "QUEUE_URL", "RUNBOOK_URL")
T = TypeVar("T")


class Killed(BaseException):
    """Raised where an invocation is killed: nothing in the function may catch it."""


class Interrupt(msgspec.Struct):
    """Acts once, when so many passes of calls named `where`… are over; it is told whose call it is."""

    where: str
    passes: int
    act: Callable[[str], None]


@dataclass
class Edge:
    """Counts what was used since it was last asked, and holds the interrupts that wait.

    Calls count by service and operation, like "dynamodb Query" or "poe GET"; units under one word each:
    `reads` and `writes` of DynamoDB, bytes `logged`, and metrics like `metric.LagMinutes`.
    """

    used: Counter[str] = field(default_factory=Counter)
    interrupts: list[Interrupt] = field(default_factory=list)

    def through(self, name: str, call: Callable[[], T], account: str = "") -> T:
        """Make a call for an account; interrupts are passed before it, and again after its effect."""
        self.used[name] += 1
        self._pass(name, account)
        answer = call()
        self._pass(name, account)
        return answer

    def take(self) -> Counter[str]:
        """Give what was used since the last time."""
        used, self.used = self.used, Counter()
        return used

    def _pass(self, name: str, account: str) -> None:
        for interrupt in [one for one in self.interrupts if name.startswith(one.where)]:
            interrupt.passes -= 1
            if interrupt.passes < 0:
                self.interrupts.remove(interrupt)
                interrupt.act(account)


class MemoryAws:
    """A session of boto3 and all of its clients: one table, secret, parameter and topic, and a queue's door.

    `published` is told the record of each message to the topic, `sent` each message for the queue with its
    delay, and says whether that was taken. `broken` are the partitions that take no writes for now.
    """

    def __init__(
        self,
        secret: str,
        config: str,
        published: Callable[[Mapping[str, Any]], None] = lambda _: None,
        sent: Callable[[str, timedelta], bool] = lambda _body, _delay: True,
    ) -> None:
        self.edge = Edge()
        self.table = DynamoDB(through=self._passed)
        self.broken: set[str] = set()
        self.config = config
        self.published = published
        self.sent = sent
        self.keep_secret(secret)

    def client(self, service: str, **_: object) -> Any:  # noqa: ANN401 - which one it is, its name says
        """Give the client of a service, by AWS's name for it."""
        return self.table if service == "dynamodb" else self

    def keep_secret(self, text: str) -> None:
        """Hold a secret from now on; raises ValueError where it is too long."""
        if len(text.encode()) > LARGEST_SECRET:
            raise ValueError(f"A secret holds {LARGEST_SECRET:,} bytes, and these keys take {len(text):,}")
        self._secret = text

    def get_secret_value(self, **_: object) -> Mapping[str, str]:
        """Give the secret."""
        return self.edge.through("secretsmanager GetSecretValue", lambda: {"SecretString": self._secret})

    def get_parameter(self, **_: object) -> Mapping[str, Mapping[str, str]]:
        """Give the parameter."""
        return self.edge.through("ssm GetParameter", lambda: {"Parameter": {"Value": self.config}})

    def get_paginator(self, _operation: str) -> Self:
        """Give the pages of the only question that is asked in pages."""
        return self

    def paginate(self, **_: object) -> Iterator[Mapping[str, Any]]:
        """Give the topic's subscriptions: somebody listens."""
        answer = {"Subscriptions": [{"SubscriptionArn": f"{ENVIRONMENT['TOPIC_ARN']}:listener"}]}
        yield self.edge.through("sns ListSubscriptionsByTopic", lambda: answer)

    def publish(self, *, Message: str, **_: object) -> Mapping[str, str]:  # noqa: N803 - boto3's
        """Take a message for the topic."""
        record = msgspec.json.decode(msgspec.json.decode(Message)["sqs"])

        def publish() -> Mapping[str, str]:
            self.published(record)
            return {"MessageId": "1"}

        return self.edge.through("sns Publish", publish, record["account"])

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        """Take up to ten messages for the queue, and name those that failed."""
        del QueueUrl
        if not 0 < len(Entries) <= MOST_MESSAGES or len({one["Id"] for one in Entries}) < len(Entries):
            raise ValueError("a batch holds one to ten messages, each with an id of its own")

        def send() -> Mapping[str, Any]:
            delays = {one["Id"]: timedelta(seconds=one["DelaySeconds"]) for one in Entries}
            done = {one["Id"]: self.sent(one["MessageBody"], delays[one["Id"]]) for one in Entries}
            return {
                "Successful": [{"Id": name} for name, sent in done.items() if sent],
                "Failed": [{"Id": name, "Code": "InternalError"} for name, sent in done.items() if not sent],
            }

        return self.edge.through("sqs SendMessageBatch", send)

    def _passed(self, operation: str, asked: Mapping[str, Any], work: Callable[[], Item]) -> Item:
        about = partitions(asked)

        def call() -> Item:
            if operation in WRITES and about & self.broken:
                raise error(operation, "ThrottlingException")
            answer = work()
            self.edge.used.update(self.table.units)
            self.table.units.clear()
            return answer

        return self.edge.through(f"dynamodb {operation}", call, min(about) if len(about) == 1 else "")


class Letter(msgspec.Struct):
    """A message of a queue: when it was sent, when it can be received, how often it was, and when first."""

    name: str
    body: str
    sent_at: datetime
    visible_at: datetime
    received: int = 0
    first_at: datetime | None = None

    def received_at(self, now: datetime) -> dict[str, Any]:
        """Receive it, as Lambda's event source mapping hands it over."""
        self.received += 1
        self.first_at = self.first_at or now
        sent, first = (str(microseconds(at) // 1000) for at in (self.sent_at, self.first_at))
        attributes = {
            "ApproximateReceiveCount": str(self.received),
            "SentTimestamp": sent,
            "ApproximateFirstReceiveTimestamp": first,
        }
        return {"messageId": self.name, "body": self.body, "attributes": attributes, "eventSource": "aws:sqs"}


class MemoryHttp:
    """Http without any connection: an address's path begins with the name of who answers, as in `POE_URL`."""

    def __init__(self, edge: Edge, **answering: Answering) -> None:
        self._edge = edge
        self._answering = answering

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        again: Again = lambda _outcome, _attempt: False,
        body: bytes | None = None,
        **_: object,
    ) -> Answer:
        """Answer as Http does, and as often."""
        asked = asked_of(method, url, headers, body or b"")
        name, _slash, path = asked.path.removeprefix("/").partition("/")
        reply_to = partial(self._answering[name], msgspec.structs.replace(asked, path=f"/{path}"))
        for attempt in count():
            reply = self._edge.through(f"{name} {method}", reply_to)
            answer = Answer(reply.status, dict(reply.headers), reply.body)
            if not again(answer, attempt):
                break
        return answer


@contextmanager
def in_memory(aws: MemoryAws, http: MemoryHttp, **environment: str) -> Iterator[None]:
    """Put the stand-ins where the function's own clients and connections would be."""
    # The function keeps its clients for as long as AWS's part of the environment stays the same.
    ours = {**ENVIRONMENT, **environment, "AWS_EXECUTION_ENV": f"memory-{id(aws)}"}
    with (
        patch.dict(os.environ, ours),
        patch.object(boto3, "Session", lambda: aws),
        patch.object(wiring, "Http", lambda: http),
    ):
        for name in _NOT_OURS:
            if name not in environment:
                os.environ.pop(name, None)
        yield


@contextmanager
def listening(
    edge: Edge, over: Callable[[str, bool], None] = lambda _account, _complete: None
) -> Iterator[None]:
    """Take the function's output, and count its bytes, for as long as the context lasts.

    `over` is told whose tick came to its end, and whether it read all there was, when all its calls are made.
    """
    log, output = logging.getLogger(wiring.log.name), _Output(edge, over)
    lines = logging.StreamHandler(output)
    lines.setFormatter(wiring.log.registered_formatter)
    level, handlers = log.level, list(log.handlers)
    log.setLevel(logging.INFO)
    log.handlers = [lines]
    try:
        with redirect_stdout(output):
            yield
    finally:
        log.handlers = handlers
        log.setLevel(level)


class _Output(TextIOBase):
    """Lines of the log, and metrics, which the function prints: those of a tick are the last of it."""

    def __init__(self, edge: Edge, over: Callable[[str, bool], None]) -> None:
        self._edge = edge
        self._over = over
        self._complete = False

    def write(self, text: str) -> int:
        if text.startswith("{"):
            line = msgspec.json.decode(text)
            self._edge.used["logged"] += len(text.strip().encode()) + LOG_EVENT
            self._complete = line.get("complete", self._complete)
            if "_aws" in line:
                metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
                self._edge.used.update(f"metric.{metric['Name']}" for metric in metrics)
                self._over(line["account"], self._complete)
        return len(text)

"""AWS, Poe and Slack within this process, without moto and without connections: many ticks in little time.

Every call of the function is counted on its way out, and can be interrupted before it and after its effect.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import TextIOBase
from itertools import count
from typing import Any, Self, TypeVar
from unittest.mock import patch

import boto3
import msgspec

from budget_alert import wiring
from budget_alert.http import Again, Answer
from budget_alert.identity import TOGETHER
from standins.dynamodb import WRITES, DynamoDB, Item, error, partitions
from standins.loopback import Reply, asked_of
from standins.poe_store import microseconds
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import blocks_of, refusal

POE_URL = "http://127.0.0.1/poe"
WEBHOOK = "http://127.0.0.1/slack"
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
_NOBODY = SimulatedPoe(keys=())
_ACCOUNT = re.compile(r"· account (\S+) ·")
_MORE = re.compile(r"(?:• )?and ([\d,]+) more alert")
T = TypeVar("T")


class Killed(BaseException):
    """Raised where an invocation is killed: nothing in the function may catch it."""


class Interrupt(msgspec.Struct):
    """Acts once, when so many passes of calls named `where`… are over; it is told whose call it is."""

    where: str
    passes: int
    act: Callable[[str], None]


class Used(msgspec.Struct):
    """Calls by their names, and units: `reads` and `writes` of DynamoDB, bytes `logged`, metrics by name."""

    calls: Counter[str] = msgspec.field(default_factory=Counter)
    units: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, other: "Used") -> None:
        """Add what else was used."""
        self.calls.update(other.calls)
        self.units.update(other.units)


@dataclass
class Edge:
    """Counts calls and units since it was last asked, and holds the interrupts that wait."""

    used: Used = field(default_factory=Used)
    interrupts: list[Interrupt] = field(default_factory=list)

    def through(self, name: str, call: Callable[[], T], account: str = "") -> T:
        """Make a call for an account; interrupts are passed before it, and again after its effect."""
        self.used.calls[name] += 1
        self._pass(name, account)
        answer = call()
        self._pass(name, account)
        return answer

    def take(self) -> Used:
        """Give what was used since the last time."""
        used, self.used = self.used, Used()
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
        self._published = published
        self._sent = sent
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
            self._published(record)
            return {"MessageId": "1"}

        return self.edge.through("sns Publish", publish, record["account"])

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:  # noqa: N803 - boto3's
        """Take up to ten messages for the queue, and name those that failed."""
        del QueueUrl
        if not 0 < len(Entries) <= MOST_MESSAGES or len({one["Id"] for one in Entries}) < len(Entries):
            raise ValueError("a batch holds one to ten messages, each with an id of its own")

        def send() -> Mapping[str, Any]:
            delays = {one["Id"]: timedelta(seconds=one["DelaySeconds"]) for one in Entries}
            done = {one["Id"]: self._sent(one["MessageBody"], delays[one["Id"]]) for one in Entries}
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
            self.edge.used.units.update(self.table.units)
            self.table.units.clear()
            return answer

        return self.edge.through(f"dynamodb {operation}", call, min(about) if len(about) == 1 else "")


Heard = Callable[[str, int], Reply | None]
"""Takes an account and how many alerts Slack was sent of it; gives what Slack answers instead, if it does."""


def queue_record(
    name: str, body: str, sent_at: datetime, received: int = 1, first_at: datetime | None = None
) -> dict[str, Any]:
    """Give a message of a queue as Lambda's event source mapping hands it over."""
    sent, first = (str(microseconds(at) // 1000) for at in (sent_at, first_at or sent_at))
    attributes = {
        "ApproximateReceiveCount": str(received),
        "SentTimestamp": sent,
        "ApproximateFirstReceiveTimestamp": first,
    }
    return {"messageId": name, "body": body, "attributes": attributes, "eventSource": "aws:sqs"}


class AnsweredHttp:
    """Http without any connection: a method of its own says what is answered."""

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
        for attempt in count():
            reply = self.reply(method, url, headers, body or b"")
            answer = Answer(reply.status, dict(reply.headers), reply.body)
            if not again(answer, attempt):
                break
        return answer

    def reply(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request."""
        raise NotImplementedError


class MemoryHttp(AnsweredHttp):
    """Poe and Slack; `accounts` are the Poes by the key that each is asked with."""

    def __init__(
        self, edge: Edge, accounts: Mapping[str, SimulatedPoe], heard: Heard = lambda _account, _alerts: None
    ) -> None:
        self._edge = edge
        self._accounts = accounts
        self._heard = heard

    def reply(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer as Slack at its address, else as Poe."""
        return self._slack(body) if url == WEBHOOK else self._poe(method, url, headers)

    def _poe(self, method: str, url: str, headers: Mapping[str, str]) -> Reply:
        asked = asked_of(method, url.removeprefix(POE_URL), headers)
        account = self._accounts.get(asked.headers["authorization"].removeprefix("Bearer "), _NOBODY)
        return self._edge.through("poe GET", lambda: account.answer(asked))

    def _slack(self, body: bytes) -> Reply:
        payload = msgspec.json.decode(body)
        blocks = blocks_of(payload)
        found = _ACCOUNT.search(blocks[-1]["elements"][0]["text"])
        account = found[1] if found else TOGETHER

        def post() -> Reply:
            if reason := refusal(payload):
                return Reply(status=400, body=reason.encode())
            return self._heard(account, _alerts(blocks)) or Reply(body=b"ok")

        return self._edge.through("slack POST", post, account)


def _alerts(blocks: Sequence[Any]) -> int:
    """Count the alerts of a message: entries, what else their lines name, and what is only counted."""
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section" and "text" in block]
    lines = [line for text in texts if text.startswith("*Also ") for line in text.split("\n")[1:]]
    notes = [block["elements"][0]["text"] for block in blocks if block["type"] == "context"]
    counted = [_MORE.match(line) for line in (*lines, *notes)]
    only_counted = sum(int(one[1].replace(",", "")) for one in counted if one)
    entries: int = 1 + sum(block["type"] == "divider" for block in blocks)
    return entries + only_counted + sum(one is None for one in counted[: len(lines)])


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


class Reported(msgspec.Struct, frozen=True):
    """A tick that came to its end: whose, and whether it read all there was."""

    account: str
    complete: bool


@contextmanager
def listening(
    edge: Edge,
    reported: Callable[[Reported], None] = lambda _: None,
    over: Callable[[str], None] = lambda _: None,
) -> Iterator[None]:
    """Take the function's output, and count its bytes, for as long as the context lasts.

    `reported` is told every tick that came to its end; `over` then whose it was, when all its calls are made.
    """
    log, lines = logging.getLogger(wiring.log.name), _Lines(edge, reported)
    lines.setFormatter(wiring.log.registered_formatter)
    level, handlers = log.level, list(log.handlers)
    log.setLevel(logging.INFO)
    log.handlers = [lines]
    try:
        with redirect_stdout(_Printed(edge, over)):
            yield
    finally:
        log.handlers = handlers
        log.setLevel(level)


class _Lines(logging.Handler):
    def __init__(self, edge: Edge, reported: Callable[[Reported], None]) -> None:
        super().__init__()
        self._edge = edge
        self._reported = reported

    def emit(self, record: logging.LogRecord) -> None:
        self._edge.used.units["logged"] += len(self.format(record).encode()) + LOG_EVENT
        if record.getMessage() == "Tick":
            extra = vars(record)
            self._reported(Reported(extra["account"], extra["complete"]))


class _Printed(TextIOBase):
    """The metrics, which the function prints."""

    def __init__(self, edge: Edge, over: Callable[[str], None]) -> None:
        self._edge = edge
        self._over = over

    def write(self, text: str) -> int:
        if text.startswith("{"):
            printed = msgspec.json.decode(text)
            self._edge.used.units["logged"] += len(text.encode()) + LOG_EVENT
            for metric in printed["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                self._edge.used.units[f"metric {metric['Name']}"] += 1
            self._over(printed["account"])
        return len(text)

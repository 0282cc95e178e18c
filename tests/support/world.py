"""A deployment in one process: the real tick between a simulated Poe, an AWS and a Slack receiver.

It is moto's AWS over connections of loopback, or all in memory: then a tick takes a fiftieth of the time.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.dynamodb.models.table import Table as MotoTable

from budget_alert import wiring
from budget_alert.deadline import MOST_RESERVED_SECONDS
from budget_alert.report import Report
from budget_alert.tick import tick
from standins.loopback import Asked
from standins.memory_aws import POE_URL, WEBHOOK, MemoryAws, MemoryHttp, in_memory
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import SlackReceiver
from tests.support.tables import create_table

KEY = "poe-key-that-nobody-may-see"
START = datetime(2026, 11, 3, tzinfo=UTC)
MONTH = """
[[budget]]
name = "Everything"
points = 1_000
period = "month"
alert_at = ["50%", "80%", "100%"]
"""
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "BUDGETS_PARAMETER": "/watch/budgets",
    "DEFAULT_BUDGETS": MONTH,
    "SETTLE_MINUTES": "60",
}
LONG = 100_000


@dataclass
class World:
    """One account's deployment, and the hand that moves its clock."""

    poe: SimulatedPoe
    slack: SlackReceiver
    slack_url: str
    now: datetime = START
    slept: list[float] = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        """Reach AWS as a user would."""
        self.dynamodb = boto3.client("dynamodb")
        self.secrets = boto3.client("secretsmanager")
        self.ssm = boto3.client("ssm")
        self.sns = boto3.client("sns")
        self.sqs = boto3.client("sqs")
        self.queue = ""
        self.topic = ""

    def build(self) -> None:
        """Create what the stack creates, with a queue that listens on the topic."""
        create_table(self.dynamodb, "ledger")
        self.secrets.create_secret(Name="secret", SecretString=self.secret_text())
        self.topic = self.sns.create_topic(Name="alerts")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="alerts")["QueueUrl"]
        self.listen()

    def listen(self) -> None:
        """Subscribe the queue to the topic."""
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def forget_listeners(self) -> None:
        """Unsubscribe everybody from the topic."""
        for subscription in self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]:
            self.sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])

    def secret_text(self, key: str = KEY) -> str:
        """Give the secret's JSON with a key."""
        return json.dumps({"poe_api_key": key, "slack_webhook_url": self.slack_url})

    def keep_secret(self, text: str) -> None:
        """Replace what the secret holds."""
        self.secrets.put_secret_value(SecretId="secret", SecretString=text)

    def configure(self, text: str) -> None:
        """Put a config in force."""
        self.ssm.put_parameter(Name="/watch/budgets", Value=text, Type="String", Overwrite=True)

    def spend(self, points: int, at: datetime | None = None, **row: Any) -> None:
        """Add a row to Poe's history, created now unless told otherwise."""
        created = microseconds(at or self.now)
        self.rows += 1
        self.poe.add(Row(creation_time=created, query_id=f"q{self.rows}", cost_points=points, **row))

    def tick(self, at: datetime | None = None, pages: int = LONG) -> Report:
        """Run one tick at an instant, with time for so many pages."""
        self.now = at or self.now
        asked = len(self.poe.requests)

        def remaining() -> float:
            # A page takes a second, and what a tick reserves of its time comes on top.
            return min(MOST_RESERVED_SECONDS, pages / 2) + pages - (len(self.poe.requests) - asked)

        with wiring.tools(remaining, clock=lambda: self.now, sleep=self.slept.append) as tools:
            return tick(tools)

    def later(self, **elapsed: float) -> datetime:
        """Move the clock on."""
        self.now += timedelta(**elapsed)
        return self.now

    def items(self, prefix: str = "") -> list[dict[str, Any]]:
        """Give the table's items whose sort key begins so."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName="ledger")
        return [item for page in pages for item in page["Items"] if item["sk"]["S"].startswith(prefix)]

    def slot_points(self) -> int:
        """Give the sum of all slots."""
        return sum(int(item["points"]["N"]) for item in self.items("slot#"))

    def sent_to_sns(self) -> list[dict[str, Any]]:
        """Take the records that arrived in the queue since last asked, oldest first."""
        records: list[dict[str, Any]] = []
        while messages := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in messages:
                records.append(json.loads(json.loads(message["Body"])["Message"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return records

    def sent(self) -> list[tuple[str, str, int | None]]:
        """Take what was sent to SNS since last asked: kind, rule, threshold."""
        return [
            (alert["kind"], alert["rule"], alert["threshold_points"])
            for record in self.sent_to_sns()
            for alert in record["alerts"]
        ]


def snapshot(table: MotoTable, _memo: object) -> MotoTable:
    """Copy a table as far as puts change it: moto copies every item once for each part of a transaction."""
    copied = copy(table)
    copied.items = defaultdict(dict, {key: dict(items) for key, items in table.items.items()})
    return copied


@contextmanager
def deployment() -> Iterator[World]:
    """Run a deployment for as long as the context lasts."""
    with ExitStack() as stack:
        stack.enter_context(patch.dict("os.environ", ENVIRONMENT))
        stack.enter_context(mock_aws())
        stack.enter_context(patch.object(MotoTable, "__deepcopy__", snapshot, create=True))
        slack = SlackReceiver()
        poe = SimulatedPoe(clock=lambda: world.now, keys=[KEY])
        world = World(poe, slack, stack.enter_context(slack.serve()))
        poe_url = stack.enter_context(poe.serve())
        world.build()
        stack.enter_context(patch.dict("os.environ", {"POE_API_URL": poe_url, "TOPIC_ARN": world.topic}))
        yield world


class ListenedTo(MemoryAws):
    """AWS in memory, whose topic has listeners or none."""

    listening = True

    def paginate(self, **asked: object) -> Iterator[Mapping[str, Any]]:
        """Give the topic's subscriptions."""
        if self.listening:
            yield from super().paginate(**asked)


class MemoryWorld(World):
    """A deployment in memory."""

    aws: ListenedTo
    secret: str

    def __post_init__(self) -> None:
        """Reach AWS without a client."""
        self.published: list[Any] = []
        self.waiting: list[dict[str, Any]] = []
        self.messages = 0
        self.named = SlackReceiver()
        self.secret = self.secret_text()
        self.aws = ListenedTo(self.secret, MONTH, self._published, self._queued)

    def _published(self, record: Mapping[str, Any]) -> None:
        if self.aws.listening:
            self.published.append(record)

    def _queued(self, body: str, _delay: timedelta) -> bool:
        self.messages += 1
        self.waiting.append({"MessageId": f"m{self.messages}", "Body": body})
        return True

    def listen(self) -> None:
        """Subscribe to the topic."""
        self.aws.listening = True

    def forget_listeners(self) -> None:
        """Unsubscribe everybody from the topic."""
        self.aws.listening = False

    def keep_secret(self, text: str) -> None:
        """Replace what the secret holds."""
        self.secret = text
        self.aws.keep_secret(text)

    def configure(self, text: str) -> None:
        """Put a config in force."""
        self.aws.config = text

    def items(self, prefix: str = "") -> list[dict[str, Any]]:
        """Give the table's items whose sort key begins so."""
        table = self.aws.table
        return [dict[str, Any](one) for account in table.items for one in table.items_of(account, prefix)]

    def sent_to_sns(self) -> list[dict[str, Any]]:
        """Take the records that were published since last asked, oldest first."""
        records, self.published = self.published, []
        return records


@contextmanager
def memory_deployment(
    poes: Callable[[Asked], Any] | None = None, **environment: str
) -> Iterator[MemoryWorld]:
    """Run a deployment in memory for as long as the context lasts; `poes` answers in place of its own Poe."""
    slack = SlackReceiver()
    poe = SimulatedPoe(clock=lambda: world.now, keys=[KEY])
    world = MemoryWorld(poe, slack, WEBHOOK)
    http = MemoryHttp(world.aws.edge, poe=poes or poe.answer, slack=slack.answer, named=world.named.answer)
    with in_memory(world.aws, http, POE_API_URL=POE_URL, **environment):
        yield world

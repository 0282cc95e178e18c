"""A deployment for several accounts: the real invocation between simulated Poes, moto's AWS and Slack."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from budget_alert import fanout, wiring
from budget_alert.alerts import Severity
from budget_alert.rounds import run, served
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.support.simulated_poes import SimulatedPoes
from tests.support.world import World, deployment

SECONDS = 200.0
CONFIG = """
[[budget]]
name = "Each"
points = 1_000
period = "month"
alert_at = ["100%"]

[[budget]]
name = "Together"
points = 2_000
period = "month"
alert_at = ["50%", "100%"]
together = true

[[budget]]
name = "Production"
points = 500
period = "month"
alert_at = ["100%"]
accounts = ["prod*"]
"""


@dataclass
class Team:
    """Several accounts on one deployment, and the hand that moves its clock."""

    world: World
    poes: SimulatedPoes
    queue: str = ""
    spent: dict[str, int] = field(default_factory=dict)

    def join(self, *names: str) -> None:
        """Give accounts a history, and their keys a place in the secret."""
        for name in names:
            self.poes.accounts[key_of(name)] = SimulatedPoe(clock=lambda: self.world.now, keys=[key_of(name)])
            self.spent.setdefault(name, 0)
        self.hold({name: key_of(name) for name in self.spent})

    def hold(self, keys: Mapping[str, object]) -> None:
        """Put the accounts and their keys into the secret."""
        self.world.keep_secret(json.dumps({"accounts": keys, "slack_webhook_url": self.world.slack_url}))

    def poe(self, name: str) -> SimulatedPoe:
        """Give an account's Poe."""
        return self.poes.accounts[key_of(name)]

    def spend(self, name: str, points: int, at: datetime | None = None, **row: Any) -> None:
        """Add a row to an account's history, created now unless told otherwise."""
        self.world.rows += 1
        created = microseconds(at or self.world.now)
        query_id = f"{name}-{self.world.rows}"
        self.poe(name).add(Row(creation_time=created, query_id=query_id, cost_points=points, **row))
        self.spent[name] += points

    def round(self, at: datetime | None = None, test: Severity | None = None) -> dict[str, Any]:
        """Run what the schedule starts, at an instant."""
        self.world.now = at or self.world.now
        with self._bench() as bench:
            return run(bench, test)

    def invoke(self, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Run what a batch of the queue starts."""
        records = [_record(message, self.world.now) for message in messages]
        with self._bench() as bench:
            return served(bench, records)

    def drain(self, at: datetime | None = None, batch: int = 10) -> int:
        """Let the function take batches from the queue until it is empty; count the messages that failed."""
        self.world.now = at or self.world.now
        failed = 0
        while messages := self._waiting(batch):
            answer = self.invoke(messages)
            again = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for message in messages:
                if message["MessageId"] not in again:
                    self.world.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            failed += len(again)
        return failed

    def points(self, account: str) -> int:
        """Give the sum of an account's slots."""
        return sum(int(item["points"]["N"]) for item in self.items(account, "slot#"))

    def items(self, account: str, prefix: str = "") -> list[dict[str, Any]]:
        """Give the items of an account whose sort key begins so."""
        return [item for item in self.world.items(prefix) if item["pk"]["S"] == account]

    def told(self) -> list[tuple[str, str, str, int | None]]:
        """Take what SNS told since last asked, account by account: its name, kind, rule, threshold."""
        told = [
            (record["account"], alert["kind"], alert["rule"], alert["threshold_points"])
            for record in self.world.told_by_sns()
            for alert in record["alerts"]
        ]
        return sorted(told, key=lambda one: one[0])

    def _waiting(self, most: int) -> list[Any]:
        answer = self.world.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=most)
        return answer.get("Messages", [])

    def _bench(self) -> Any:
        return wiring.workbench(lambda: SECONDS, clock=lambda: self.world.now, sleep=self.world.slept.append)


def key_of(name: str) -> str:
    """Give an account's key."""
    return f"key-of-{name}-that-nobody-may-see"


def _record(message: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Give a received message as Lambda's event source mapping hands it over."""
    at = str(microseconds(now) // 1000)
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": at,
        "ApproximateFirstReceiveTimestamp": at,
    }
    attributes |= message.get("Attributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message.get("ReceiptHandle", ""),
        "body": message["Body"],
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:due",
        "awsRegion": "eu-west-1",
    }


@contextmanager
def team_deployment(*names: str, fans_out: bool = False) -> Iterator[Team]:
    """Run a deployment with these accounts for as long as the context lasts."""
    with ExitStack() as stack:
        world = stack.enter_context(deployment())
        poes = SimulatedPoes({})
        team = Team(world, poes)
        environment = {"POE_API_URL": stack.enter_context(poes.serve())}
        if fans_out:
            team.queue = world.sqs.create_queue(QueueName="due", Attributes={"VisibilityTimeout": "0"})[
                "QueueUrl"
            ]
            environment["QUEUE_URL"] = team.queue
            # The queue delays messages by a clock that no test can move.
            stack.enter_context(patch.object(fanout, "LONGEST_DELAY", timedelta(0)))
        stack.enter_context(patch.dict("os.environ", environment))
        team.join(*names)
        yield team

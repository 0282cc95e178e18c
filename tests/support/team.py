"""A deployment for several accounts in memory: the real invocation between simulated Poes, AWS and Slack."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from budget_alert import wiring
from budget_alert.alerts import ChannelTest
from budget_alert.errors import AccountsFailedError
from budget_alert.rounds import run, served
from standins.memory_aws import Letter
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe, SimulatedPoes
from tests.support.configs import table
from tests.support.world import MemoryWorld, memory_deployment

SECONDS = 200.0
CONFIG = (
    table("budget", name="Each", points=1_000, period="month", alert_at=["100%"])
    + table("budget", name="Together", points=2_000, period="month", alert_at=["50%", "100%"], together=True)
    + table("budget", name="Production", points=500, period="month", alert_at=["100%"], accounts=["prod*"])
)


@dataclass
class Team:
    """Several accounts on one deployment, and the hand that moves its clock; `queued`, through a queue."""

    world: MemoryWorld
    poes: SimulatedPoes
    queued: bool = False
    spent: dict[str, int] = field(default_factory=dict)

    def join(self, *names: str) -> None:
        """Give accounts a history, and the keys of all who ever joined a place in the secret."""
        for name in names:
            self.poes.accounts[key_of(name)] = SimulatedPoe(clock=lambda: self.world.now, keys=[key_of(name)])
            self.spent.setdefault(name, 0)
        self.hold({name: key_of(name) for name in self.spent})

    def hold(self, keys: Mapping[str, object]) -> None:
        """Put these accounts and their keys into the secret."""
        self.world.keep_secret(json.dumps({"accounts": keys, "slack_webhook_url": self.world.slack_url}))

    def hold_only(self, *names: str) -> None:
        """Put the keys of these accounts into the secret."""
        self.hold({name: key_of(name) for name in names})

    def hold_one_key(self, name: str = "research") -> None:
        """Put one key into the secret, without a name: another one of an account's."""
        self.poes.accounts["one-key"] = self.poe(name)
        self.poe(name).keys.add("one-key")
        text = json.dumps({"poe_api_key": "one-key", "slack_webhook_url": self.world.slack_url})
        self.world.keep_secret(text)

    def poe(self, name: str) -> SimulatedPoe:
        """Give an account's Poe."""
        return self.poes.accounts[key_of(name)]

    def refuse(self, *names: str) -> None:
        """Let Poe refuse the keys of these accounts, and take those of all others."""
        for name in self.spent:
            self.poe(name).keys = set() if name in names else {key_of(name)}

    def spend(self, name: str, points: int, at: datetime | None = None, **row: Any) -> None:
        """Add a row to an account's history, created now unless told otherwise."""
        self.world.rows += 1
        created = microseconds(at or self.world.now)
        query_id = f"{name}-{self.world.rows}"
        self.poe(name).add(Row(creation_time=created, query_id=query_id, cost_points=points, **row))
        self.spent[name] += points

    def round(self, at: datetime | None = None, test: ChannelTest | None = None) -> dict[str, Any]:
        """Run what the schedule starts, at an instant."""
        self.world.now = at or self.world.now
        with self._tools() as tools:
            return run(tools, test)

    def serve(self, at: datetime | None = None) -> None:
        """Run what the schedule starts, and all that comes of it; who fails says so."""
        with suppress(AccountsFailedError):
            self.round(at)
        self.drain()

    def go_on(self, rounds: int = 1) -> list[tuple[str, str, str, int | None]]:
        """Serve all, so many times five minutes, and take what was sent."""
        for _ in range(rounds):
            self.serve(self.world.later(minutes=5))
        return self.sent()

    def invoke(self, messages: Sequence[Mapping[str, Any]]) -> set[str]:
        """Run what a batch of the queue starts, and name the messages that failed."""
        records = [_record(message, self.world.now) for message in messages]
        with self._tools() as tools:
            answer = served(tools, records)
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def tick(self, *accounts: str) -> set[str]:
        """Serve accounts in a batch each, one after the other, and name those that failed."""
        return set[str]().union(*(self.invoke([message(name)]) for name in accounts))

    def drain(self, batch: int = 10) -> int:
        """Let the function take batches from the queue until it is empty; count the messages that failed."""
        failed = 0
        while messages := self.world.waiting[:batch]:
            del self.world.waiting[:batch]
            failed += len(self.invoke(messages))
        return failed

    def spoil(self, account: str) -> None:
        """Make an account's cursor unreadable."""
        self.world.aws.table.items[account]["cursor"]["body"] = {"S": '{"version": "x"}'}

    def points(self, account: str) -> int:
        """Give the sum of an account's slots."""
        return sum(int(item["points"]["N"]) for item in self.items(account, "slot#"))

    def items(self, account: str, prefix: str = "") -> list[dict[str, Any]]:
        """Give the items of an account whose sort key begins so."""
        return [item for item in self.world.items(prefix) if item["pk"]["S"] == account]

    def sent(self) -> list[tuple[str, str, str, int | None]]:
        """Take what SNS was sent since last asked, account by account: its name, kind, rule, threshold."""
        sent = [
            (record["account"], alert["kind"], alert["rule"], alert["threshold_points"])
            for record in self.world.sent_to_sns()
            for alert in record["alerts"]
        ]
        return sorted(sent, key=lambda one: one[0])

    def words(self) -> str:
        """Give all that Slack was ever sent."""
        return json.dumps(self.world.slack.payloads, ensure_ascii=False)

    def _tools(self) -> Any:
        return wiring.tools(lambda: SECONDS, clock=lambda: self.world.now, sleep=self.world.slept.append)


def health(*rules: str, account: str = "all") -> list[tuple[str, str, str, None]]:
    """Give what is sent of troubles."""
    return [(account, "health", rule, None) for rule in rules]


def key_of(name: str) -> str:
    """Give an account's key."""
    return f"key-of-{name}-that-nobody-may-see"


def message(account: str) -> dict[str, Any]:
    """Make the message by which an account is due."""
    return {"MessageId": account, "Body": json.dumps({"account": account})}


def due(account: str, now: datetime) -> dict[str, Any]:
    """Give such a message as Lambda's event source mapping hands it over."""
    return _record(message(account), now)


def _record(message: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Give a received message as Lambda's event source mapping hands it over."""
    record = Letter(message["MessageId"], message["Body"], now, now).received_at(now)
    return {**record, "attributes": record["attributes"] | message.get("Attributes", {})}


@contextmanager
def team_deployment(*names: str, queued: bool = False) -> Iterator[Team]:
    """Run a deployment with these accounts for as long as the context lasts."""
    poes = SimulatedPoes({})
    environment = {"QUEUE_URL": "queue"} if queued else {}
    with memory_deployment(poes.answer, **environment) as world:
        team = Team(world, poes, queued)
        world.configure(CONFIG)
        team.join(*names)
        yield team

"""What the deployed function talks to beside AWS."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe, SimulatedPoes
from standins.slack_receiver import SlackReceiver
from tests.e2e.account import Stack

KEY = "e2e-key-of-the-simulated-poe"


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A Poe and a Slack, and the parameters that lead a stack to them."""

    poe: SimulatedPoe
    slack: SlackReceiver
    parameters: Mapping[str, str]


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A stack, what surrounds it, and a queue that listens on its topic."""

    stack: Stack
    world: World
    queue: str


class SharedWorld(msgspec.Struct, frozen=True, kw_only=True):
    """One Poe and one Slack for several accounts: each one's history by its name, and the parameters."""

    poes: Mapping[str, SimulatedPoe]
    parameters: Mapping[str, str]

    @property
    def secret(self) -> str:
        """The secret that names every account."""
        keys = {name: key_of(name) for name in self.poes}
        webhook = self.parameters["SlackWebhookUrl"]
        return json.dumps({"accounts": keys, "slack_webhook_url": webhook})

    def spend(self, name: str, points: int) -> None:
        """Let an account spend so many points now."""
        self.poes[name].add(settled(datetime.now(UTC), points, name))

    def secrets(self) -> list[str]:
        """Return what nobody may see."""
        return [self.parameters["SlackWebhookUrl"], *map(key_of, self.poes)]


@contextmanager
def surroundings() -> Iterator[World]:
    """Serve a Poe with four weeks of usage, 40 points every three hours, and a Slack."""
    poe, slack = SimulatedPoe(four_weeks("query"), keys=[KEY]), SlackReceiver()
    with poe.serve() as poe_url, slack.serve() as webhook:
        parameters = {"PoeApiKey": KEY, "SlackWebhookUrl": webhook, "PoeApiUrl": poe_url}
        yield World(poe=poe, slack=slack, parameters=parameters)


@contextmanager
def shared_surroundings(*names: str) -> Iterator[SharedWorld]:
    """Serve one Poe that tells these accounts apart by their keys, each with four weeks used, and a Slack."""
    accounts = {key_of(name): SimulatedPoe(four_weeks(name), keys=[key_of(name)]) for name in names}
    poes, slack = SimulatedPoes(accounts), SlackReceiver()
    with poes.serve() as poe_url, slack.serve() as webhook:
        parameters = {"PoeApiKey": key_of(names[0]), "SlackWebhookUrl": webhook, "PoeApiUrl": poe_url}
        yield SharedWorld(poes={name: poes.accounts[key_of(name)] for name in names}, parameters=parameters)


def key_of(name: str) -> str:
    """Return the key of the account of that name."""
    return f"e2e-key-of-{name}"


def four_weeks(name: str) -> list[Row]:
    """Return what an account has used in four weeks: 40 points every three hours."""
    now = datetime.now(UTC)
    return [settled(now - timedelta(hours=3 * ago), 40, name) for ago in range(1, 28 * 8)]


def settled(created: datetime, points: int, name: str = "query") -> Row:
    """Return a row of the history that will not change any more."""
    at = microseconds(created)
    return Row(creation_time=at, query_id=f"{name}-{at}", cost_points=points)


def assert_no_secrets(log: list[str], *secrets: str) -> None:
    """Fail if the log is empty, or holds one of the secrets."""
    assert log
    assert not [line for line in log for secret in secrets if secret in line]

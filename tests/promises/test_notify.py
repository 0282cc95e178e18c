"""Alerts go to the channels that their rules name, and where one of them is lost, to the main one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from budget_alert.app import lambda_handler
from standins.slack_receiver import NO_SERVICE, SERVER_ERROR, SlackReceiver
from tests.promises.test_handler import Context
from tests.support.configs import table
from tests.support.world import KEY, START, MemoryWorld, memory_deployment

CONFIG = table("budget", name="All", points=1_000, period="month") + table(
    "budget", name="Research", points=1_000, period="month", bots=["R"], notify=["research"]
)


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    """Run a deployment whose secret holds a further webhook, past its welcome."""
    with memory_deployment() as running:
        running.configure(CONFIG)
        keep(running, research=url_of(running))
        running.tick(START)
        running.slack.payloads.clear()
        running.named.payloads.clear()
        running.sent_to_sns()
        yield running


def url_of(world: MemoryWorld) -> str:
    """Give the address of the further channel."""
    return world.slack_url.replace("/slack/", "/named/")


def keep(world: MemoryWorld, **webhooks: str) -> None:
    """Put a key, the main webhook and further ones into the secret."""
    document = {"poe_api_key": KEY, "slack_webhook_url": world.slack_url, "slack_webhooks": webhooks}
    world.keep_secret(json.dumps(document))


def spend(world: MemoryWorld, points: int, bot: str = "R") -> None:
    """Spend points with a bot, five minutes on, and tick."""
    world.later(minutes=5)
    world.spend(points, bot_name=bot)
    world.tick()


def sent(receiver: SlackReceiver) -> list[str]:
    """Take the first lines that a channel was sent."""
    texts = [payload["text"] for payload in receiver.payloads]
    receiver.payloads.clear()
    return texts


def records(world: MemoryWorld) -> list[Any]:
    """Take the rules of what was published, message by message."""
    return [[alert["rule"] for alert in record["alerts"]] for record in world.sent_to_sns()]


def test_each_rule_reaches_its_own_channel(world: MemoryWorld) -> None:
    """What research spends is sent to research alone, what others spend to the main channel; SNS has both."""
    spend(world, 850)
    (text,) = sent(world.named)
    assert "“Research”" in text
    assert "“All”" not in text
    (text,) = sent(world.slack)
    assert "“All”" in text
    assert "“Research”" not in text
    assert sorted(records(world)[0]) == ["All", "Research"]
    world.tick(world.later(minutes=5))
    assert (sent(world.slack), sent(world.named), records(world)) == ([], [], [])


def test_what_a_channel_refuses_goes_to_the_main_one(world: MemoryWorld) -> None:
    """A webhook that was removed loses nothing: the main channel has the alert, and hears why."""
    world.named.replies.queue(NO_SERVICE)
    spend(world, 850)
    assert sent(world.named) == []
    texts = "\n".join(sent(world.slack))
    world.tick(world.later(minutes=5))
    texts += "\n".join(sent(world.slack))
    assert "“Research”" in texts
    assert "A channel that rules have in Slack does not take alerts" in texts


def test_what_a_channel_does_not_take_now_waits(world: MemoryWorld) -> None:
    """A channel that is away for a while gets its alert once it is back, and nobody else does meanwhile."""
    world.named.replies.queue(SERVER_ERROR)
    spend(world, 850)
    assert sent(world.named) == []
    assert all("“Research”" not in text for text in sent(world.slack))
    world.tick(world.later(minutes=5))
    assert len(sent(world.named)) == 1
    world.tick(world.later(minutes=5))
    assert sent(world.named) == []


def test_a_name_that_the_secret_lacks_is_a_trouble(world: MemoryWorld) -> None:
    """It is named once, the alert goes to the main channel, and the end of the trouble is sent once."""
    keep(world)
    spend(world, 850)
    texts = sent(world.slack)
    assert any("A channel that rules name is not in the secret" in text for text in texts)
    assert any("“Research”" in text for text in texts)
    keep(world, research=url_of(world))
    world.tick(world.later(minutes=5))
    (text,) = sent(world.slack)
    assert "Every channel that rules name is in the secret" in text


def test_what_waits_survives_an_unreadable_secret(world: MemoryWorld) -> None:
    """While the secret cannot be read the alert waits, and its own channel has it afterwards."""
    world.named.replies.queue(SERVER_ERROR)
    spend(world, 850)
    world.keep_secret("{")
    with pytest.raises(Exception, match="secret"):
        world.tick(world.later(minutes=5))
    keep(world, research=url_of(world))
    world.tick(world.later(minutes=5))
    assert any("“Research”" in text for text in sent(world.named))


def test_one_webhook_under_two_names_is_one_gate(world: MemoryWorld) -> None:
    """Where a name has the main webhook's own address, both alerts arrive there."""
    keep(world, research=world.slack_url)
    spend(world, 850)
    texts = sent(world.slack)
    assert len(texts) == 2


def test_a_test_goes_to_the_channel_that_is_named(world: MemoryWorld) -> None:
    """The test of one channel reaches it and SNS, and not the main one."""
    answer = lambda_handler({"test_alert": "info", "channel": "research"}, Context())
    assert answer["channels"] == {"slack:research": "", "sns": ""}
    assert "TEST" in sent(world.named)[0]
    assert sent(world.slack) == []


@pytest.mark.parametrize(
    "wrong", ["x", {"research": "http://example.org/x"}, {"a b": "https://hooks.slack.com/x"}]
)
def test_what_cannot_be_used_is_said_without_its_value(world: MemoryWorld, wrong: object) -> None:
    """Addresses and names that cannot be used are a trouble, whose words hold no address."""
    document = {"poe_api_key": KEY, "slack_webhook_url": world.slack_url, "slack_webhooks": wrong}
    world.keep_secret(json.dumps(document))
    world.tick(world.later(minutes=5))
    said = str(world.slack.payloads)
    assert "slack_webhooks" in said
    assert "example.org" not in said

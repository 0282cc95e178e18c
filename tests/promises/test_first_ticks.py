"""A first tick that lacks a config, a secret or a listener: it is said, and the welcome comes when it can."""

from datetime import timedelta

import pytest

from budget_alert.errors import NobodyListeningError, SecretError
from tests.support.world import MONTH, START, World

MINUTES = timedelta(minutes=5)
DAY = timedelta(days=1)


def kinds(world: World) -> list[str]:
    """Take the kinds, or of troubles the rules, that SNS sent since last asked."""
    return sorted(rule if kind == "health" else kind for kind, rule, _ in world.sent())


def test_without_any_usable_config_the_welcome_waits(world: World) -> None:
    """A first tick with a bad config counts and sends the mistake; the first good one brings the welcome."""
    world.configure("points = 1")
    world.spend(600, START - DAY)
    report = world.tick(START)
    assert (report.points, report.complete) == (600, True)
    assert kinds(world) == ["config"]
    world.configure(MONTH)
    world.tick(START + MINUTES)
    assert kinds(world) == ["config", "welcome"]


@pytest.mark.parametrize("text", ["{", '{"poe_api_key": ""}', '{"slack_webhook_url": "x"}', "two words"])
def test_a_first_tick_without_a_usable_secret_is_reported_and_raises(world: World, text: str) -> None:
    """Without a key nothing is read: SNS says so once, each tick raises, and the first good one welcomes."""
    world.keep_secret(text)
    for expected in (["secret"], []):
        with pytest.raises(SecretError):
            world.tick(world.later(minutes=5))
        assert kinds(world) == expected
    world.keep_secret(world.secret_text())
    world.tick(world.later(minutes=5))
    assert kinds(world) == ["secret", "welcome"]


def test_a_topic_that_nobody_listens_to_is_reported_in_slack(world: World) -> None:
    """Slack says once that the topic has no listener, and once that it has one."""
    world.forget_listeners()
    world.tick(START)
    world.tick(START + MINUTES)
    assert "Nobody listens on the topic" in str(world.slack.payloads)
    assert len(world.slack.payloads) == 1
    world.listen()
    world.tick(START + DAY)
    assert kinds(world) == ["topic"]
    assert len(world.slack.payloads) == 2


def test_with_nobody_listening_alerts_wait_and_the_tick_raises(world: World) -> None:
    """A topic without a subscription is no channel; once somebody listens, what waited is reported."""
    world.keep_secret('{"poe_api_key": "poe-key-that-nobody-may-see"}')
    world.forget_listeners()
    for _ in range(2):
        with pytest.raises(NobodyListeningError):
            world.tick(world.later(minutes=5))
    world.listen()
    assert world.tick(world.later(minutes=5)).alerts.sent == 1
    assert kinds(world) == ["welcome"]

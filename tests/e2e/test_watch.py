"""Tests of the watch as it is deployed: IAM enforced, over TLS, woken by its schedule."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.account import Account
from tests.e2e.surroundings import KEY, World, assert_no_secrets, settled
from tests.support.processes import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

# The schedule's first tick comes a minute after the deployment; the server looks every ten seconds.
PATIENCE = 120


def test_an_alert_comes_through_both_channels_by_itself(account: Account, world: World) -> None:
    """What crosses a budget after the first tick is told in Slack and to the queue by the schedule."""
    parameters = {**world.parameters, "IntervalMinutes": "1", "MonthlyBudgetPoints": "100000"}
    stack = account.deploy("watch", **parameters)
    queue = account.subscribe_queue(stack)

    first = account.tick(stack)
    assert first["complete"]
    assert kinds(account.received(queue)) == ["welcome"]
    assert len(world.slack.payloads) == 1

    world.poe.add(settled(datetime.now(UTC), 60_000))
    (message,) = wait_for(lambda: account.received(queue), "alert in the queue", PATIENCE)
    payload = wait_for(lambda: world.slack.payloads[1:], "alert in Slack", PATIENCE)[0]

    now = datetime.now(UTC)
    (alert,) = message["alerts"]
    assert (alert["kind"], alert["rule"], alert["threshold_points"]) == ("budget", "Everything", 50_000)
    assert alert["points"] == world.poe.total(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    assert "Everything" in str(payload)
    assert account.points(stack) == world.poe.total()
    assert_no_secrets(account.log(stack), KEY, world.parameters["SlackWebhookUrl"])


def kinds(messages: list[Any]) -> list[str]:
    """Return the kinds of all alerts in the messages."""
    return [alert["kind"] for message in messages for alert in message["alerts"]]

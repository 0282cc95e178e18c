"""What the schedule does by itself, with IAM enforced and over TLS."""

from datetime import UTC, datetime

import pytest

from tests.e2e.account import Account
from tests.e2e.surroundings import KEY, Running, assert_no_secrets
from tests.support.processes import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

# The schedule's first tick comes a minute after the deployment; the server looks every ten seconds.
PATIENCE = 120


def test_an_alert_comes_through_both_channels_by_itself(account: Account, scheduled: Running) -> None:
    """What crosses a budget after the first tick is sent to Slack and to the queue by the schedule."""
    stack, world = scheduled.stack, scheduled.world
    (message,) = wait_for(lambda: account.received(scheduled.queue), "alert in the queue", PATIENCE)
    payload = wait_for(lambda: world.slack.payloads[1:], "alert in Slack", PATIENCE)[0]

    now = datetime.now(UTC)
    (alert,) = message["alerts"]
    assert (alert["kind"], alert["rule"], alert["threshold_points"]) == ("budget", "Everything", 50_000)
    assert alert["points"] == world.poe.total(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    assert "Everything" in str(payload)
    assert account.points(stack) == world.poe.total()
    assert_no_secrets(account.log(stack), KEY, world.parameters["SlackWebhookUrl"])

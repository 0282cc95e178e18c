"""A deployment that has sent one alert, which can be snoozed in Slack."""

from collections.abc import Iterator

import pytest

from budget_alert.actions import endpoint
from tests.support.clicks import secret_with_signing
from tests.support.world import START, MemoryWorld, memory_deployment


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    """Run it, past its welcome."""
    with memory_deployment(SLACK_ACTIONS="true") as running:
        endpoint._trusted.clear()  # noqa: SLF001 - as in a new process
        running.keep_secret(secret_with_signing(running))
        running.tick(START)
        running.slack.payloads.clear()
        running.spend(500)
        running.tick(running.later(minutes=5))
        yield running

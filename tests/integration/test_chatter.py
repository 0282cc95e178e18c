"""How often the example config speaks on a month of real usage."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.messages.alerts import Kind
from budget_ops.history import Lateness, month
from budget_ops.simulated_poe import SimulatedPoe
from tests.fast import FastWorld
from tests.services.tools import ROOT

pytestmark = pytest.mark.no_cover  # measured, this would take twice as long
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 31 * 24


def test_the_example_says_as_much_a_week_as_the_readme_says() -> None:
    """No tick sends more than one message to a channel, and the README counts them right."""
    world = FastWorld(
        SimulatedPoe(month(BEGIN, lateness=Lateness(rows=0.03, costs=0.05)).rows),
        (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8"),
        BEGIN,
    )
    kinds: Counter[str] = Counter()
    messages = 0
    for hour in range(1, HOURS + 1):
        world.now = BEGIN + timedelta(hours=hour)
        world.tick()
        assert world.slack.messages == world.sns.messages <= 1
        messages += world.slack.messages
        kinds.update(alert.kind for alert in world.slack.told)
        for channel in (world.slack, world.sns):
            channel.told.clear()
            channel.messages = 0
    weeks = HOURS / 168
    page = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    said = re.search(r"sends (\d+) messages a week, (\d+) of them digests", page)
    assert said is not None
    assert (int(said[1]), int(said[2])) == (round(messages / weeks), round(kinds[Kind.DIGEST] / weeks)), kinds

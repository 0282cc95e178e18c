"""What the example config sends in a month of real usage."""

from datetime import UTC, datetime, timedelta

from budget_alert.alerts import Kind
from standins.history import Lateness, month
from standins.simulated_poe import SimulatedPoe
from tests.support.fast import alone
from tests.support.tools import ROOT

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 31 * 24


def test_a_tick_sends_one_message_at_most() -> None:
    """However much happens in an hour, each channel gets one message of it, and both get the same."""
    world = alone(
        SimulatedPoe(month(BEGIN, lateness=Lateness(rows=0.03, costs=0.05)).rows),
        (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8"),
        BEGIN,
    )
    sent: set[Kind] = set()
    for hour in range(1, HOURS + 1):
        world.now = BEGIN + timedelta(hours=hour)
        world.tick()
        assert len(world.slack.taken) == len(world.sns.taken) <= 1
        assert world.slack.sent == world.sns.sent
        sent |= {alert.kind for alert in world.slack.sent}
        for channel in (world.slack, world.sns):
            channel.taken.clear()
    assert sent == set(Kind) - {Kind.HEALTH, Kind.QUERY}

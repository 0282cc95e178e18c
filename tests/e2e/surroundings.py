"""What the deployed function talks to beside AWS."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from budget_ops.poe_store import Row, microseconds
from budget_ops.simulated_poe import SimulatedPoe
from budget_ops.slack_receiver import SlackReceiver

KEY = "e2e-key-of-the-simulated-poe"


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A Poe and a Slack, and the parameters that lead a stack to them."""

    poe: SimulatedPoe
    slack: SlackReceiver
    parameters: Mapping[str, str]


@contextmanager
def surroundings() -> Iterator[World]:
    """Serve a Poe with four weeks of usage, 40 points every three hours, and a Slack."""
    now = datetime.now(UTC)
    rows = [settled(now - timedelta(hours=3 * ago), 40) for ago in range(1, 28 * 8)]
    poe, slack = SimulatedPoe(rows, keys=[KEY]), SlackReceiver()
    with poe.serve() as poe_url, slack.serve() as webhook:
        parameters = {"PoeApiKey": KEY, "SlackWebhookUrl": webhook, "PoeApiUrl": poe_url}
        yield World(poe=poe, slack=slack, parameters=parameters)


def settled(created: datetime, points: int) -> Row:
    """Return a row of the history that will not change any more."""
    at = microseconds(created)
    return Row(creation_time=at, query_id=f"query-{at}", cost_points=points)

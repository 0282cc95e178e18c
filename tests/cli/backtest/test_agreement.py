from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec
import pytest

from budget_alert.alerts import Alert, Kind
from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from budget_alert.ledger.snooze_book import SnoozeBook
from budget_alert.poe.wire import parse_balance
from budget_alert.snoozes import Snooze, Snoozes
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.state import RETENTION
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.sample import BEGIN, sample
from standins.history import month
from standins.poe_store import Grants, PoeAccount
from standins.simulated_poe import SimulatedPoe
from tests.support.configs import table
from tests.support.fast import alone

MINUTE = timedelta(minutes=1)
EVERY_KIND = (
    'timezone = "Europe/London"\nusd_per_million_points = 30\n'
    + table(
        "budget",
        name="Month",
        points=1_000_000,
        period="month",
        starts_on=17,
        alert_at=["50%", "80%", "100%"],
        forecast_at=["100%", "120%"],
        repeat="1d",
    )
    + table("budget", name="Cycle", points=1_500_000, period="billing", forecast_at=["100%"])
    + table(
        "budget",
        name="Week of Claude",
        points=200_000,
        period="week",
        forecast_at=["100%"],
        bots=["claude-*"],
    )
    + table("budget", name="Week of a bot", points=100_000, period="week", forecast_at=["100%"], each="bot")
    + table(
        "budget",
        name="Any day of a key",
        points=20_000,
        period="24h",
        usage_types=["API"],
        each="api_key",
    )
    + table("spike", name="Burst of a key", window="1h", times=6, at_least=10_000, each="api_key")
    + table("budget", name="Day of chatting", points=20_000, period="day", usage_types=["Chat"])
    + table(
        "budget",
        name="Runaway script",
        points=50_000,
        period="24h",
        alert_at=["20%", "100%"],
        usage_types=["API"],
        api_keys=["ci-*"],
        repeat="6h",
    )
    + table("budget", name="Hour", points=10_000, period="hour", snooze_until=date(2026, 10, 15))
    + table("spike", name="Burst", window="1h", times=3, at_least=5_000)
    + table("query", name="Expensive query", points=6_000, usage_types=["API"])
    + table("balance", name="Running dry", below=2_500_000, runway="3d")
    + table("digest", every="day")
)


SNOOZES = Snoozes(
    tuple(
        Snooze(
            rule=rule,
            start=BEGIN + start * DAY,
            until=BEGIN + until * DAY,
            points=points,
            limit=1_000_000 if points else None,
            planned_from=BEGIN + (start - 1) * DAY if planned else None,
        )
        for rule, start, until, points, planned in (
            ("Day of chatting", 7, 8, 30_000, False),
            ("Runaway script", 9, 10, None, False),
            ("Expensive query", 10, 11, None, False),
            ("Burst", 11, 13, None, True),
            ("Running dry", 12, 14, None, False),
            ("Month", 13, 16, 600_000, False),
            ("Week of Claude", 14, 18, 1, True),
        )
    )
)


class Both:
    """The same account for the function and for the replay."""

    def __init__(self) -> None:
        account = PoeAccount(points=2_000_000, grants=Grants.MONTHLY, begins=BEGIN - 20 * DAY)
        self.poe = SimulatedPoe(month(BEGIN).rows, account=account)

    def sent_by_the_function(self, ticks: Iterator[datetime]) -> list[Alert]:
        """Run the whole tick, with its scan, its table and its channels in memory."""
        world = alone(self.poe, EVERY_KIND, BEGIN)
        for snooze in SNOOZES.each:
            SnoozeBook(world.table).put(snooze)
        for world.now in ticks:
            world.tick()
        return world.slack.sent

    def balance(self, now: datetime) -> PoeBalance:
        """Ask what is left."""
        self.poe.clock = lambda: now
        return parse_balance(msgspec.json.encode(self.poe.balance()))


@pytest.mark.parametrize(
    ("first", "interval", "ticks", "kinds"),
    [
        pytest.param(BEGIN + 5 * DAY, 120 * MINUTE, 168, set(Kind) - {Kind.HEALTH}, id="weeks"),
        pytest.param(
            BEGIN + 9 * DAY + 8 * 60 * MINUTE, 5 * MINUTE, 240, {Kind.BUDGET, Kind.SPIKE}, id="often"
        ),
    ],
)
def test_a_replay_sends_what_the_function_sends(
    first: datetime, interval: timedelta, ticks: int, kinds: set[Kind]
) -> None:
    """The same alerts at the same ticks, word for word, for a config with every kind of rule."""
    both = Both()
    alerts = both.sent_by_the_function(first + number * interval for number in range(ticks))
    # The function knows that nothing was spent before: it asks for 30 days.
    history = msgspec.structs.replace(
        sample(), start=first - RETENTION, end=first + (ticks - 1) * interval, snoozes=SNOOZES
    )
    conditions = Conditions(interval=interval, start=first, balance=both.balance)
    replayed = replay(parse(EVERY_KIND), history, conditions)
    assert replayed.ticks == ticks
    assert sorted(alerts, key=_order) == sorted((sent.alert for sent in replayed.sent), key=_order)
    assert all(sent.at == sent.alert.counted_at for sent in replayed.sent)
    assert kinds <= {alert.kind for alert in alerts}


def _order(alert: Alert) -> tuple[datetime, str]:
    return alert.counted_at, alert.id

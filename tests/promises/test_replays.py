"""Real usage through the real tick: totals after every tick, and every alert, against a plain calculation."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.alerts import BudgetAlert
from standins.history import Lateness, month
from standins.poe_store import Row
from standins.simulated_poe import SimulatedPoe
from tests.promises.expected import Expectation, PlainBudget, config_of
from tests.support.fast import alone
from tests.support.world import World

PROMPT, LATE = Lateness(), Lateness(rows=0.1, costs=0.2)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MANY = 40
MONTHLY = (1, 5, 10, 25, 50, 75, 100)


def plain() -> list[PlainBudget]:
    """Give budgets for all."""
    return [
        PlainBudget("Month", 200_000, MONTHLY, "month"),
        PlainBudget("Day of Claude", 2_000, (20, 50, 100, 5000), "day", "claude-*"),
        PlainBudget("Hour", 500, (80, 100), "hour"),
    ]


def plain_each() -> list[PlainBudget]:
    """Give budgets for each bot, or key."""
    return [
        PlainBudget("Bot", 2_000, (5, 20, 50, 100, 500), "day", each="bot"),
        PlainBudget("Key", 50_000, MONTHLY, "month", each="api_key"),
        PlainBudget("Hour of a key of Claude", 500, (80, 100), "hour", "claude-*", each="api_key"),
    ]


def hourly() -> Iterator[datetime]:
    """Tick every hour for ten days."""
    yield from (BEGIN + n * HOUR for n in range(1, 240))


def at_random() -> Iterator[datetime]:
    """Tick after anything between a minute and nine hours."""
    chance = random.Random(5)  # noqa: S311 - the same ticks each time
    at = BEGIN
    while at < BEGIN + timedelta(days=11):
        at += timedelta(minutes=chance.choice((1, 4, 5, 15, 16, 60, 90, 540)))
        yield at


def with_an_outage() -> Iterator[datetime]:
    """Tick every half hour, but not for 48 hours over midnight, around the busiest day."""
    for n in range(1, 500):
        at = BEGIN + n * HOUR / 2
        if not BEGIN + timedelta(days=8, hours=20) < at < BEGIN + timedelta(days=10, hours=20):
            yield at


@pytest.mark.parametrize("ticks", [hourly, at_random, with_an_outage])
def test_a_replay_with_late_rows_and_costs_counts_everything_and_tells_each_crossing_once(
    world: World, ticks: Callable[[], Iterator[datetime]]
) -> None:
    """After every tick the slots hold the history, and just the expected alerts are sent, once a channel."""
    rows = month(BEGIN, one_in=400, hours=range(264), lateness=LATE).rows
    world.poe.add(*rows)
    world.configure(config_of(plain()))
    expectation = Expectation(plain(), rows)
    alerts = 0
    for at in ticks():
        sent = len(world.slack.payloads)
        report = world.tick(at)
        assert world.slot_points() == world.poe.total()
        expected = expectation.tick(at)
        found = sorted((rule, threshold) for kind, rule, threshold in world.sent() if kind == "budget")
        assert found == expected, at
        assert len(world.slack.payloads) - sent == (1 if report.alerts.sent else 0)
        alerts += len(expected)
    assert world.slot_points() == world.poe.total()
    assert alerts > 10


@pytest.mark.parametrize("ticks", [hourly, at_random, with_an_outage])
@pytest.mark.parametrize("lateness", [PROMPT, LATE], ids=["prompt", "late"])
def test_a_denser_replay_in_memory_does_the_same(
    ticks: Callable[[], Iterator[datetime]], lateness: Lateness
) -> None:
    """The same with four times the rows, each channel's alerts compared one by one."""
    rows = month(BEGIN, one_in=100, hours=range(264), lateness=lateness).rows
    compare(plain(), rows, ticks())


@pytest.mark.parametrize("ticks", [hourly, at_random, with_an_outage])
def test_budgets_for_each_key_and_bot_do_the_same(ticks: Callable[[], Iterator[datetime]]) -> None:
    """Of late rows and costs, every key's and every bot's crossings are those of a plain sum of its rows."""
    rows = month(BEGIN, one_in=100, hours=range(264), lateness=LATE).rows
    assert compare(plain_each(), rows, ticks()) > MANY


def compare(budgets: list[PlainBudget], rows: Sequence[Row], ticks: Iterator[datetime]) -> int:
    """Run these ticks over rows, and compare what each sends; give how many alerts there were."""
    world = alone(SimulatedPoe(rows), config_of(budgets), BEGIN)
    expectation, alerts = Expectation(budgets, rows), 0
    for at in ticks:
        world.now = at
        world.tick()
        assert world.points() == world.poe.total()
        expected = expectation.tick(at)
        for channel in (world.slack, world.sns):
            sent = [
                (alert.about, alert.threshold_points)
                for alert in channel.sent
                if isinstance(alert, BudgetAlert)
            ]
            assert sorted(sent) == expected, at
            channel.taken.clear()
        alerts += len(expected)
    return alerts

"""Tables from before the first release that is recorded whole are gone on from, and lose nothing."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from budget_alert.alerts import HealthAlert, Kind
from budget_alert.errors import LedgerError
from budget_alert.ledger.items import SCHEMA, body_of, item
from budget_alert.rules.notified import Memory
from tests.promises.scripted import BEGIN, QUIET_TICKS, SPENT, TEN_MINUTES, TICKS, world
from tests.support.configs import table
from tests.support.fast import FastWorld, spend

EVERY = sorted(Path(__file__).parent.glob("table-of-schema-*.json"))
RECORDED = EVERY[-1]
DOUBTFUL = table("budget", name="Café", points=1_000_000, period="day", alert_at=[50, 100]) + table(
    "budget", name="Cafe\u0301", points=1_000, period="day"
)
"""What an earlier release took without a question."""
BUDGETS_ONLY = 1
"""The schema of the release whose config knew no rules but budgets."""


def opened(recorded: Path = RECORDED) -> FastWorld:
    """Open a recorded table some minutes after its last tick."""
    running = world()
    running.table.items = json.loads(recorded.read_text())
    running.now = BEGIN + (TICKS + QUIET_TICKS) * TEN_MINUTES
    return running


@pytest.mark.parametrize("recorded", EVERY, ids=lambda path: path.stem)
def test_a_recorded_table_is_read_and_gone_on_from(recorded: Path) -> None:
    """Totals stand, what was sent is not sent again, and what is new is: rules of before know no balance."""
    running = opened(recorded)
    running.tick()
    assert running.points() == sum(points for _, points in SPENT)
    new = ["Nearly dry"] if recorded.stem.endswith(f"-{BUDGETS_ONLY}") else []
    assert [alert.rule for alert in running.slack.sent] == new
    running.now += timedelta(days=1)
    spend(running.poe, 100, running.now)
    running.tick()
    day = [alert for alert in running.slack.sent if alert.kind is Kind.BUDGET and alert.rule == "Day"]
    assert [alert.figures.needed for alert in day] == [100]


@pytest.mark.parametrize("newest", [DOUBTFUL, DOUBTFUL + "points = "])
def test_a_config_that_this_release_asks_about_stays_in_force(newest: str) -> None:
    """A release that asks more ends no config, also where only the last good one has what it asks about."""
    running = opened()
    memory = msgspec.structs.replace(body_of(running.table.items["notes"], Memory), config=DOUBTFUL)
    version = int(running.table.items["notes"]["version"]["N"])
    running.table.items["notes"] = item("default", "notes", memory, version=version)
    running.config = newest
    running.tick()
    running.slack.taken.clear()
    running.now += timedelta(days=1)
    spend(running.poe, 100, running.now)
    running.tick()
    assert [(alert.rule, alert.figures.needed) for alert in running.slack.sent] == [("Café", 100)]


def test_a_doubtful_config_that_is_new_is_asked_about() -> None:
    """Whoever changes the config is asked, and what was in force stays."""
    running = opened()
    running.config = DOUBTFUL
    running.tick()
    (trouble,) = running.slack.sent
    assert trouble.rule == "config"
    assert isinstance(trouble, HealthAlert)
    assert 'did you mean "50%"?' in trouble.advice
    running.now += timedelta(days=1)
    spend(running.poe, 100, running.now)
    running.tick()
    assert "Day" in [alert.rule for alert in running.slack.sent]


@pytest.mark.parametrize("key", ["cursor", "notes"])
def test_a_table_of_a_newer_version_is_refused(key: str) -> None:
    """An older release does not write over what it cannot read: it says which version to deploy."""
    running = opened()
    before = {key: dict(item) for key, item in running.table.items.items()}
    running.table.items[key]["schema"] = {"N": str(SCHEMA + 1)}
    before[key]["schema"] = {"N": str(SCHEMA + 1)}
    with pytest.raises(LedgerError, match="newer version"):
        running.tick()
    assert running.table.items == before

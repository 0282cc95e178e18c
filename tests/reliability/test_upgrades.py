"""A table recorded with this release stays readable: later releases go on from it and lose nothing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from budget_alert.errors import LedgerError
from budget_alert.messages.alerts import Kind
from budget_ops.poe_store import Row, microseconds
from tests.fast import FastWorld
from tests.reliability.test_crashes import BEGIN, QUIET_TICKS, SPENT, TEN_MINUTES, TICKS, run, world

RECORDED = Path(__file__).with_name("table-of-schema-1.json")
"""Made by `python -m tests.reliability.test_upgrades`, once for each schema, and never changed again."""


def opened() -> FastWorld:
    """Open the recorded table some minutes after its last tick."""
    running = world()
    running.table.items = json.loads(RECORDED.read_text())
    running.now = BEGIN + (TICKS + QUIET_TICKS) * TEN_MINUTES
    return running


def test_the_recorded_table_is_read_and_gone_on_from() -> None:
    """Totals stand, what was told is not told again, and what is new is."""
    running = opened()
    running.tick()
    assert running.slot_points() == sum(points for _, points in SPENT)
    assert running.slack.told == []
    running.now += timedelta(days=1)
    running.poe.add(Row(creation_time=microseconds(running.now), query_id="new", cost_points=100))
    running.tick()
    day = [alert for alert in running.slack.told if alert.kind is Kind.BUDGET and alert.rule == "Day"]
    assert [alert.threshold_points for alert in day] == [100]


@pytest.mark.parametrize("key", ["cursor", "notes"])
def test_a_table_of_a_newer_version_is_refused(key: str) -> None:
    """An older release does not write over what it cannot read: it says which version to deploy."""
    running = opened()
    before = {key: dict(item) for key, item in running.table.items.items()}
    running.table.items[key]["schema"] = {"N": "3"}
    before[key]["schema"] = {"N": "3"}
    with pytest.raises(LedgerError, match="newer version"):
        running.tick()
    assert running.table.items == before


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(run(())[0].table.items, indent=1, sort_keys=True) + "\n")

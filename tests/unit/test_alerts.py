"""Alerts that the release before has put into the outbox: read, sent, and the same for programs."""

import json
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from budget_alert.alerts import Alert, is_whole, standings
from budget_alert.channels.records import record
from budget_alert.config.periods import Day
from budget_alert.messages.budgets import is_rolling
from budget_alert.messages.compose import compose

STORED: dict[str, Any] = json.loads(Path(__file__).with_name("alerts-of-2026-11.json").read_text())
"""One of each kind as that release stored it, and the record that it gave programs; never changed again."""
ALERT = cast("type[Alert]", Alert)
SINCE = {
    "command",
    "leads",
    "notify",
    "others",
    "risen",
    "section",
    "sent_before",
    "snoozed",
    "snoozed_by",
    "value",
}
"""What alerts, troubles and standings have besides since then."""


def of_then(written: Any) -> Any:
    """Leave out, at any depth, what that release did not write."""
    if isinstance(written, list):
        return [of_then(each) for each in written]
    if isinstance(written, dict):
        return {key: of_then(value) for key, value in written.items() if key not in SINCE}
    return written


@pytest.mark.parametrize("name", STORED)
def test_an_alert_of_the_release_before_is_read(name: str) -> None:
    """Its kind, its fields, and what programs get of it are the same; its periods are texts."""
    stored = STORED[name]["stored"]
    alert = msgspec.convert(stored, ALERT)
    assert alert.kind == stored["kind"]
    assert json.loads(msgspec.json.encode(record(alert))) == STORED[name]["record"]
    assert all(isinstance(standing.period, str) and is_rolling(standing) for standing in standings(alert))
    assert is_whole(alert)
    assert compose([alert], "default").title


@pytest.mark.parametrize("name", STORED)
def test_the_names_of_fields_are_kept(name: str) -> None:
    """What is written anew is what was there before, but for what its kind has not."""
    stored = STORED[name]["stored"]
    written = msgspec.json.decode(msgspec.json.encode(msgspec.convert(stored, ALERT)))
    assert {key: stored[key] for key in written if key in stored} == of_then(written)


def test_a_period_is_kept_as_a_value() -> None:
    """It is worded by messages only."""
    (standing,) = standings(msgspec.convert(STORED["budget"]["stored"], ALERT))
    today = msgspec.structs.replace(standing, period=Day())
    assert msgspec.json.decode(msgspec.json.encode(today), type=type(today)) == today

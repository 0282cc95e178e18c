import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.alerts import Alert, Balance, Digest, Kind, OfBudget, Severity, Spike
from budget_alert.channels.records import document, nested_bytes
from budget_alert.instants import to_micros
from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.entries import Query
from tests.support.alerts_made import ALERTS
from tests.support.telling import COUNTED, NOVEMBER, alert, health, standing, welcome

LIMITLESS = 10**9
QUERY = Query(to_micros(COUNTED), "q", "Claude", "Chat", "", 81_230)


def test_a_budget_alert_has_the_fields_of_the_contract() -> None:
    """Machines get the contract's fields, and no others."""
    assert json.loads(document("default", [alert(standing(points=799_990))], LIMITLESS)) == {
        "version": 1,
        "account": "default",
        "alerts": [
            {
                "id": "alert#1",
                "rule": "Everything",
                "kind": "budget",
                "severity": "warning",
                "threshold_points": 800_000,
                "points": 799_990,
                "limit": 1_000_000,
                "percent": 79.9,
                "window": {"start": "2026-11-01T00:00:00+00:00", "end": "2026-12-01T00:00:00+00:00"},
                "complete": True,
            }
        ],
    }


def test_what_a_kind_does_not_have_is_null() -> None:
    """A health alert has no numbers and no window."""
    (shown,) = json.loads(document("default", [health(Severity.INFO, "It works again.")], LIMITLESS))[
        "alerts"
    ]
    assert shown == {
        "id": "alert#1",
        "rule": "key",
        "kind": "health",
        "severity": "info",
        "threshold_points": None,
        "points": None,
        "limit": None,
        "percent": None,
        "window": None,
        "complete": True,
    }


SPIKE = Spike(window=NOVEMBER, points=42_000, usual=5_001, times=Decimal("4.1"), at_least=20_000)
FORECAST = Forecast(level=900_000, chance=0.8, expected=1, low=1, high=1)
DIGEST = Digest(every="day", window=NOVEMBER, points=7, queries_count=1)
WINDOW = {"start": "2026-11-01T00:00:00+00:00", "end": "2026-12-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("kind", "parts", "threshold", "points", "limit", "window"),
    [
        ("forecast", {"standing": standing(), "forecast": FORECAST}, 900_000, 820_000, 1_000_000, WINDOW),
        ("spike", {"spike": SPIKE}, 20_505, 42_000, None, WINDOW),
        ("spike", {"spike": msgspec.structs.replace(SPIKE, usual=0)}, 20_000, 42_000, None, WINDOW),
        ("query", {"query": QUERY, "threshold_points": 50_000}, 50_000, 81_230, None, None),
        ("balance", {"balance": Balance(points=12, pace=3, below=100)}, 100, 12, None, None),
        ("balance", {"balance": Balance(points=12, pace=3)}, None, 12, None, None),
        ("digest", {"digest": DIGEST}, None, 7, None, WINDOW),
    ],
)
def test_every_kind_tells_machines_what_was_reached_and_found(  # noqa: PLR0913, PLR0917 - a record has as many
    kind: str, parts: dict[str, Any], threshold: int, points: int, limit: int | None, window: Any
) -> None:
    """What had to be reached is the threshold, and what was found are the points; the rest is null."""
    one = alert(rule="R", kind=Kind(kind), **parts)
    (shown,) = json.loads(document("default", [one], LIMITLESS))["alerts"]
    assert (shown["threshold_points"], shown["points"]) == (threshold, points)
    assert (shown["limit"], shown["percent"]) == (limit, 82.0 if limit else None)
    assert shown["window"] == window


def test_a_partial_sum_is_marked() -> None:
    """An alert is complete only if all that it counts is."""
    partial = [
        alert(standing(complete=False)),
        alert(standing(), complete=False),
        welcome(standing(), standing(complete=False)),
    ]
    shown = json.loads(document("default", [*partial, welcome(standing())], LIMITLESS))["alerts"]
    assert [each["complete"] for each in shown] == [False, False, False, True]


@given(st.lists(ALERTS, max_size=20), st.integers(300, 5000))
def test_a_document_is_cut_at_its_end(alerts: list[Alert], most: int) -> None:
    """Alerts are left out from the end until the document fits, and counted; what is shown is exact."""
    text = document("default", alerts, most)
    shown = json.loads(text)
    assert nested_bytes(text) <= most
    assert [each["rule"] for each in shown["alerts"]] == [
        each.rule for each in alerts[: len(shown["alerts"])]
    ]
    assert len(shown["alerts"]) + shown.get("omitted", 0) == len(alerts)


def test_omitted_is_said_only_where_something_is() -> None:
    """A whole document has exactly the contract's three fields."""
    assert list(json.loads(document("default", [alert()], LIMITLESS))) == ["version", "account", "alerts"]
    assert json.loads(document("default", [alert()], 100))["omitted"] == 1


@given(ALERTS)
def test_times_and_kinds_are_the_contracts(each: Alert) -> None:
    """Times have an offset, kinds and severities are those of the contract, percent is a number."""
    (shown,) = json.loads(document("default", [each], LIMITLESS))["alerts"]
    assert (shown["kind"], shown["severity"]) in {(kind, severity) for kind in Kind for severity in Severity}
    if shown["window"]:
        assert all(datetime.fromisoformat(edge).tzinfo for edge in shown["window"].values())
    assert isinstance(shown["percent"], float) == isinstance(each, OfBudget)

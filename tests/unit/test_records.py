import json
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from budget_alert.channels.records import document, nested_bytes
from budget_alert.messages.alerts import Alert, Kind, Severity
from tests.telling import alert, health, hostile_alerts, standing, welcome

LIMITLESS = 10**9


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


def test_a_partial_sum_is_marked() -> None:
    """An alert is complete only if all that it counts is."""
    partial = [
        alert(standing(complete=False)),
        alert(standing(), complete=False),
        welcome(standing(), standing(complete=False)),
    ]
    shown = json.loads(document("default", [*partial, welcome(standing())], LIMITLESS))["alerts"]
    assert [each["complete"] for each in shown] == [False, False, False, True]


@given(st.lists(hostile_alerts(), max_size=20), st.integers(300, 5000))
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


@given(hostile_alerts())
def test_times_and_kinds_are_the_contracts(each: Alert) -> None:
    """Times have an offset, kinds and severities are those of the contract, percent is a number."""
    (shown,) = json.loads(document("default", [each], LIMITLESS))["alerts"]
    assert (shown["kind"], shown["severity"]) in {(kind, severity) for kind in Kind for severity in Severity}
    if shown["window"]:
        assert all(datetime.fromisoformat(edge).tzinfo for edge in shown["window"].values())
        assert isinstance(shown["percent"], float)

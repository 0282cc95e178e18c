"""The JSON for programs; what each kind gives them is golden beside `tests/unit/test_alerts.py`."""

import json

import pytest
from hypothesis import given, strategies as st

from budget_alert.alerts import Alert
from budget_alert.channels.records import document, nested_bytes
from tests.support.alerts_made import ALERTS
from tests.support.made_messages import alert, low, spike, spiked, standing, welcome

LIMITLESS = 10**9


@pytest.mark.parametrize(
    ("one", "threshold"),
    [
        (spiked(spike(usual=5_001)), 20_004),
        (spiked(spike(usual=0)), 20_000),
        (low(below=None), None),
        (alert(standing(points=799_990)), 800_000),
    ],
)
def test_what_had_to_be_reached_is_the_threshold(one: Alert, threshold: int | None) -> None:
    """Of a spike that is the higher of what its rule asks for; a balance may have none."""
    assert json.loads(document("default", [one], LIMITLESS))["alerts"][0]["threshold_points"] == threshold


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
    omitted = len(alerts) - len(shown["alerts"])
    assert shown.get("omitted", 0) == omitted
    assert list(shown) == ["version", "account", "alerts", *["omitted"] * bool(omitted)]

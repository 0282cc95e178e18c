"""Slack's form as a click, or the reason why it is none."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from budget_alert.actions.click import LONGEST_NAME, Click, check_origin, click_in
from budget_alert.errors import ClickRefusedError
from budget_alert.secret import Secret

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
WEBHOOK = Secret("https://hooks.slack.com/services/T1/B1/xyz")
ANSWER = "https://hooks.slack.com/actions/T1/1/abc"
MENU: dict[str, Any] = {
    "type": "static_select",
    "action_id": "snooze",
    "block_id": "default|2026-11-27T09:00:00+00:00|0123456789abcdef",
    "selected_option": {"text": {"type": "plain_text", "text": "For 6 hours"}, "value": "6h"},
    "action_ts": f"{NOW.timestamp():.6f}",
}
PAYLOAD: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "ada", "name": "ada", "team_id": "T1"},
    "team": {"id": "T1", "domain": "example"},
    "response_url": ANSWER,
    "actions": [MENU],
}


def body(payload: object = PAYLOAD) -> bytes:
    """Give the form that Slack sends."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_choice_in_the_menu() -> None:
    """A choice says which alert, what, who and when, and where the answer goes."""
    assert click_in(body(), NOW) == Click(
        action="snooze",
        choice="6h",
        about=MENU["block_id"],
        at=NOW,
        by_id="U1",
        by="ada",
        team="T1",
        response_url=ANSWER,
    )


def test_button() -> None:
    """A button's choice is its value."""
    button = {key: MENU[key] for key in ("block_id", "action_ts")} | {"action_id": "undo", "value": "x"}
    assert click_in(body(PAYLOAD | {"actions": [button]}), NOW).choice == "x"


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ({"id": "U1"}, "U1"),
        ({"id": "U1", "name": "b"}, "b"),
        ({"id": "U1", "username": "x" * 999}, "x" * LONGEST_NAME),
    ],
)
def test_who(user: dict[str, str], shown: str) -> None:
    """Who clicked is named as well as Slack knows, and not at any length."""
    assert click_in(body(PAYLOAD | {"user": user}), NOW).by == shown


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"payload",
        b"payload=",
        b"payload=%7B",
        b"\xff\xfe",
        b"a=1&b=2&c=3&d=4&e=5",
        body([]),
        body({}),
        body(PAYLOAD | {"type": "view_submission"}),
        body(PAYLOAD | {"actions": []}),
        body(PAYLOAD | {"response_url": 7}),
        *(body(PAYLOAD | {"actions": [MENU | {"action_ts": ts}]}) for ts in ("", "nan", "inf", "1e99", "x")),
    ],
)
def test_no_click(sent: bytes) -> None:
    """What is no form with one click in it is refused."""
    with pytest.raises(ClickRefusedError, match="not a click"):
        click_in(sent, NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=30), timedelta(minutes=-30), timedelta(days=300)])
def test_expired(age: timedelta) -> None:
    """A click whose answer Slack would not take any more is refused."""
    with pytest.raises(ClickRefusedError, match="expired"):
        click_in(body(), NOW + age)


@pytest.mark.parametrize(
    ("changes", "webhooks", "reason"),
    [
        ({"team": "T2"}, (WEBHOOK,), "another workspace"),
        ({"team": ""}, (WEBHOOK,), "another workspace"),
        ({}, (), "another workspace"),
        ({}, (Secret("https://hooks.slack.com/T1/B1"),), "another workspace"),
        ({"response_url": "https://hooks.slack.com.example.org/T1"}, (WEBHOOK,), "answered elsewhere"),
        ({"response_url": "http://hooks.slack.com/T1"}, (WEBHOOK,), "answered elsewhere"),
        ({"response_url": "http://169.254.170.2/"}, (WEBHOOK,), "answered elsewhere"),
        ({"response_url": "https://[x"}, (WEBHOOK,), "answered elsewhere"),
    ],
)
def test_origin(changes: dict[str, Any], webhooks: tuple[Secret, ...], reason: str) -> None:
    """A click comes from the workspace of the webhook, and is answered at its host and nowhere else."""
    with pytest.raises(ClickRefusedError, match=reason):
        check_origin(msgspec.structs.replace(click_in(body(), NOW), **changes), webhooks)


def test_own_workspace() -> None:
    """A click from the workspace of a webhook passes, of the first or of another."""
    check_origin(click_in(body(), NOW), (WEBHOOK,))
    check_origin(click_in(body(), NOW), (Secret("https://hooks.slack.com/services/T9/B1/xyz"), WEBHOOK))

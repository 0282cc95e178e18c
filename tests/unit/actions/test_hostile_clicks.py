"""Whatever reaches the address that takes clicks: it answers, and only a click of ours changes anything."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from budget_alert.actions.click import click_in
from budget_alert.actions.request import LARGEST_BODY
from budget_alert.errors import ClickRefusedError
from tests.support.clicks import (
    answered,
    asked,
    click,
    event,
    form,
    menu,
    payload_of,
    secret_with_signing,
    signed_headers,
    undo,
)
from tests.support.world import START, MemoryWorld, World

NOW = START + timedelta(minutes=5)
"""When the alert was sent."""
ANSWERS = (200, 403, 404)
TEXT = st.text(st.characters(), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
HOSTILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def payload(world: World, **changed: Any) -> dict[str, Any]:
    """Give what Slack says of a click that would be taken, but for what is changed."""
    return payload_of(menu(world), "6h", world.now, world.slack_url, **changed)


def action(world: World, **changed: Any) -> dict[str, Any]:
    """Give so what Slack says, with what is changed of what was done."""
    return payload(world, actions=[payload(world)["actions"][0] | changed])


def good(world: World) -> dict[str, Any]:
    """Give the event of a click that would be taken."""
    return asked(world, payload(world))


@st.composite
def mangled(draw: st.DrawFn, whole: dict[str, Any]) -> Any:
    """Put anything in the place of one part of a JSON value, at any depth, or leave it out."""
    made: Any = json.loads(json.dumps(whole))
    at = made
    while True:
        place = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[place], dict | list) or not at[place] or draw(st.booleans()):
            break
        at = at[place]
    if draw(st.booleans()):
        del at[place]
    else:
        at[place] = draw(JSON)
    return made


@given(data=st.data())
@HOSTILE
def test_no_event_makes_it_raise_or_write(world: World, data: st.DataObject) -> None:
    """Any value at all, and a true click of which one part is missing or another."""
    sent = data.draw(JSON | mangled(good(world)))
    before = world.items()
    world.slack.replied.clear()
    status = answered(world, sent)
    assert status in ANSWERS
    assert status == 200 or (world.items() == before and not world.slack.replied)


@given(data=st.data())
@HOSTILE
def test_no_payload_makes_it_raise_though_it_is_signed(world: World, data: st.DataObject) -> None:
    """What another action of the same app brings changes no more than a click may: the snoozes."""
    sent = data.draw(JSON | mangled(payload(world)))
    before = [item for item in world.items() if not item["pk"]["S"].startswith("snoozes#")]
    assert answered(world, asked(world, sent)) in ANSWERS
    assert [item for item in world.items() if not item["pk"]["S"].startswith("snoozes#")] == before


Change = Callable[[World], Any]


def skewed(**skew: int) -> Change:
    """Sign a click at another time than now."""
    return lambda world: asked(world, payload(world), world.now + timedelta(**skew))


def vouched(**changed: str) -> Change:
    """Change what vouches for a click."""
    named = {f"x-slack-{name.replace('_', '-')}": value for name, value in changed.items()}
    return lambda world: good(world) | {"headers": good(world)["headers"] | named}


def signed(**changed: Any) -> Change:
    """Sign a click of which something is changed."""
    return lambda world: asked(world, payload(world, **changed))


def done(**changed: Any) -> Change:
    """Sign a click of which it is changed what was done."""
    return lambda world: asked(world, action(world, **changed))


def clicked(**ago: int) -> Change:
    """Sign a click of another time than now."""
    return done(action_ts=str((NOW - timedelta(**ago)).timestamp()))


def form_of(body: bytes, signed: bytes | None = None) -> Change:
    """Sign any body, or another one."""
    return lambda world: event(body, signed_headers(body if signed is None else signed, world.now))


FORMS = (b"", b"payload", b"payload=", b"payload=%7B", b"payload=%FF")
REFUSED: dict[str, dict[str, Change]] = {
    "not a request": {
        "no event": lambda _: None,
        "half a letter": lambda _: {"\ud800": None},
        "no context": lambda world: {"headers": good(world)["headers"]},
    },
    "not signed": {
        "no headers": lambda world: good(world) | {"headers": {}},
        "no base64": lambda world: good(world) | {"body": "?"},
        "no signature": vouched(signature=""),
        "a short signature": vouched(signature="v0=" + "0" * 63),
        "a signature of another version": vouched(signature="v1=" + "0" * 64),
        "a signature of other letters": vouched(signature="v0=" + "é" * 64),
        "no time": vouched(request_timestamp=""),
        "a time before 1970": vouched(request_timestamp="-1"),
        "a time in other digits": vouched(request_timestamp="٣" * 10),
        "a time without end": vouched(request_timestamp="9" * 400),
    },
    "old": {
        "too late": skewed(seconds=-301),
        "too early": skewed(seconds=301),
        "a time that nobody lives to see": vouched(request_timestamp="99999999999"),
    },
    "too large": {
        "in base64": form_of(b"x" * (LARGEST_BODY + 1)),
        "far too large": form_of(b"x" * (LARGEST_BODY * 2)),
        "as text": lambda world: good(world) | {"body": "x" * (LARGEST_BODY + 1), "isBase64Encoded": False},
    },
    "another signature": {
        "another key": lambda world: asked(world, payload(world), key="another key"),
        "a longer body": form_of(b"payload=%7B%7D&", b"payload=%7B%7D"),
        "no body": form_of(b"", b"a=1"),
        "other capitals": form_of(b"A=1", b"a=1"),
        "another time": vouched(request_timestamp=str(int(NOW.timestamp()) + 1)),
    },
    "not a click": {
        **{repr(sent): form_of(sent) for sent in FORMS},
        "too many fields": lambda world: form_of(form(payload(world)) + b"&a=1&b=2&c=3&d=4")(world),
        "a list": lambda world: asked(world, []),
        "nothing": lambda world: asked(world, {}),
        "another kind": signed(type="view_submission"),
        "nothing done": signed(actions=[]),
        "no address": signed(response_url=7),
        **{f"done at {at}": done(action_ts=at) for at in ("", "nan", "inf", "1e99", "x")},
    },
    "expired": {
        "half an hour ago": clicked(minutes=30),
        "in half an hour": clicked(minutes=-30),
        "long ago": clicked(days=300),
    },
    "not of an alert": {
        about: done(block_id=about)
        for about in (
            "",
            "no such thing",
            "default|today|a",
            "two words|2026-11-27T09:00:00+00:00|a",
            "default|2026-11-27T09:00:00|a",
            "default|0001-01-01T00:00:00+09:00|a",
        )
    },
    "another workspace": {
        "T9": signed(team={"id": "T9"}),
        "none": signed(team=None),
        "empty": signed(team={"id": ""}),
    },
    "answered elsewhere": {
        address: signed(response_url=address)
        for address in (
            "https://hooks.slack.com.example.org/T1",
            "http://hooks.slack.com/T1",
            "http://169.254.170.2/",
            "https://[x",
        )
    },
    "no choice of the menu": {
        "a length": done(selected_option={"value": "999d"}),
        "no length": done(selected_option=None),
        "another action": done(action_id="delete"),
    },
}


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        pytest.param(reason, change, id=f"{reason}: {what}")
        for reason, changes in REFUSED.items()
        for what, change in changes.items()
    ],
)
def test_what_is_no_click_of_ours_changes_nothing(
    world: World, caplog: pytest.LogCaptureFixture, reason: str, change: Change
) -> None:
    """Each is refused, is a line of the log that says why, and neither writes nor answers anywhere."""
    before = world.items()
    caplog.clear()
    assert answered(world, change(world)) == 403
    assert [vars(line)["reason"] for line in caplog.records] == [reason]
    assert world.items() == before
    assert world.slack.replied == []


def test_a_form_that_is_no_text_is_refused() -> None:
    """Slack's own library signs none."""
    with pytest.raises(ClickRefusedError, match="not a click"):
        click_in(b"\xff\xfe", START)


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/admin")])
def test_there_is_one_address(world: World, method: str, path: str) -> None:
    """What asks for another gets nothing, signed or not."""
    assert answered(world, event(b"", {}, method, path)) == 404


@pytest.mark.parametrize("change", [skewed(seconds=300), skewed(seconds=-300), clicked(minutes=29)])
def test_a_click_is_taken_to_the_last_second(world: World, change: Change) -> None:
    """Of five minutes for the signature, and of half an hour for the answer."""
    assert answered(world, change(world)) == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: sent | {"headers": {name.upper(): value for name, value in sent["headers"].items()}},
        lambda sent: sent | {"body": text(sent), "isBase64Encoded": False},
        lambda sent: {name: sent[name] for name in ("headers", "requestContext", "body", "isBase64Encoded")},
    ],
    ids=["headers in capitals", "a body that is text", "no more than is needed"],
)
def test_a_click_is_taken_in_every_form(world: World, change: Any) -> None:
    """As it may come through what stands between Slack and the function."""
    assert answered(world, change(good(world))) == 200
    assert world.slack.replied


def text(sent: dict[str, Any]) -> str:
    """Give an event's body as text."""
    return b64decode(sent["body"]).decode()


def test_a_click_from_the_workspace_of_any_webhook_is_taken(world: World) -> None:
    """Also where the main channel is in another."""
    own = {"here": world.slack_url}
    other = "https://hooks.slack.com/services/T9/B1/that-nobody-may-see"
    secret = json.loads(secret_with_signing(world)) | {"slack_webhook_url": other, "slack_webhooks": own}
    world.keep_secret(json.dumps(secret))
    assert answered(world, good(world)) == 200


def test_without_a_webhook_none_is(world: World) -> None:
    """Nor with one whose path names the workspace elsewhere than Slack does."""
    for url in ("", world.slack_url.replace("/services", "")):
        secret = json.loads(secret_with_signing(world)) | {"slack_webhook_url": url}
        world.keep_secret(json.dumps(secret))
        world.later(minutes=6)
        assert answered(world, good(world)) == 403


def test_a_replayed_click_is_refused(world: World) -> None:
    """The same signed request again changes nothing, also after its snooze was taken back."""
    sent = good(world)
    assert answered(world, sent) == 200
    world.later(minutes=1)
    click(world, undo(world))
    before = world.items()
    assert answered(world, sent) == 403
    assert world.items() == before


def test_false_requests_read_the_secret_once_a_minute(
    world: MemoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of wrong signatures costs no more calls than one a minute."""
    honest, reads = world.aws.get_secret_value, []

    def read(**sent: str) -> Any:
        reads.append(world.now)
        return honest(**sent)

    monkeypatch.setattr(world.aws, "get_secret_value", read)
    for _ in range(50):
        assert answered(world, asked(world, {}, key="wrong")) == 403
    assert len(reads) == 1

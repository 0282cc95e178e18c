"""Whatever reaches the address that takes clicks: it answers, and only a click of ours changes anything."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings, strategies as st

from budget_alert.actions import endpoint
from budget_alert.actions.request import request_in
from budget_alert.secret import Secret
from standins.loopback import Reply
from standins.slack_receiver import CLICKED
from tests.support.clicks import (
    SIGNING,
    answered,
    click,
    event,
    form,
    menus,
    payload_of,
    secret_with_signing,
    signed_headers,
)
from tests.support.world import KEY, START, MemoryWorld, memory_deployment

ANSWERS = (200, 403, 404)
TEXT = st.text(st.characters(), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
HOSTILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    """Run a deployment that has sent one alert with a menu."""
    with memory_deployment(SLACK_ACTIONS="true") as running:
        endpoint._trusted.clear()  # noqa: SLF001 - as in a new process
        running.keep_secret(secret_with_signing(running))
        running.tick(START)
        running.slack.payloads.clear()
        running.spend(500)
        running.tick(running.later(minutes=5))
        yield running


def menu(world: MemoryWorld) -> dict[str, Any]:
    """Give the alert's menu."""
    (found,) = menus(world.slack.payloads[-1])
    return found


def good(world: MemoryWorld) -> dict[str, Any]:
    """Give the event of a click that would be taken."""
    body = form(payload_of(menu(world), "6h", world.now, world.slack_url))
    return event(body, signed_headers(body, world.now))


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
def test_no_event_makes_it_raise_or_write(world: MemoryWorld, data: st.DataObject) -> None:
    """Any value at all, and a true click of which one part is missing or another."""
    asked = data.draw(JSON | mangled(good(world)))
    before = world.items()
    world.slack.replied.clear()
    status = answered(world, asked)
    assert status in ANSWERS
    assert status == 200 or (world.items() == before and not world.slack.replied)


@given(data=st.data())
@HOSTILE
def test_no_payload_makes_it_raise_though_it_is_signed(world: MemoryWorld, data: st.DataObject) -> None:
    """What another action of the same app brings changes no more than a click may: the snoozes."""
    payload = data.draw(JSON | mangled(payload_of(menu(world), "6h", world.now, world.slack_url)))
    before = [item for item in world.items() if not item["pk"]["S"].startswith("snoozes#")]
    body = form(payload)
    assert answered(world, event(body, signed_headers(body, world.now))) in ANSWERS
    assert [item for item in world.items() if not item["pk"]["S"].startswith("snoozes#")] == before


@pytest.mark.parametrize(
    "change",
    [
        lambda asked: asked | {"headers": {name.upper(): value for name, value in asked["headers"].items()}},
        lambda asked: asked | {"body": event_text(asked), "isBase64Encoded": False},
        lambda asked: {
            name: asked[name] for name in ("headers", "requestContext", "body", "isBase64Encoded")
        },
    ],
    ids=["headers in capitals", "a body that is text", "no more than is needed"],
)
def test_a_click_is_taken_in_every_form(world: MemoryWorld, change: Any) -> None:
    """As it may come through what stands between Slack and the function."""
    assert answered(world, change(good(world))) == 200
    assert world.slack.replied


def event_text(asked: dict[str, Any]) -> str:
    """Give an event's body as text."""
    return request_in(asked).content().decode()


@pytest.mark.parametrize("reply", [Reply(status=404), Reply(status=500), Reply(reset=True)])
def test_what_is_kept_stays_kept_where_slack_takes_no_answer(world: MemoryWorld, reply: Reply) -> None:
    """The snooze is what was asked for; the answer is only how one hears of it."""
    world.slack.replies.queue(reply)
    assert click(world, menu(world), "6h") == 200
    world.slack.payloads.clear()
    world.spend(10)
    world.tick(world.later(minutes=5))
    assert world.slack.payloads == []


def test_where_the_table_fails_it_says_so(world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who clicked is told to choose again, and can."""
    shown = menu(world)

    def fail(**_: object) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": KEY}}, "PutItem")

    with monkeypatch.context() as broken:
        broken.setattr(world.aws.table, "put_item", fail, raising=False)
        assert click(world, shown, "6h") == 200
    assert "choose again" in world.slack.replied[-1]["text"]
    world.later(minutes=1)
    assert click(world, shown, "6h") == 200
    assert "snoozed" in world.slack.replied[-1]["text"]


def test_two_people_who_choose_at_once(world: MemoryWorld) -> None:
    """The later choice holds; the button of the earlier one says that it is gone, and takes nothing back."""
    assert click(world, menu(world), "6h") == 200
    (first,) = menus(world.slack.replied[-1])
    world.later(minutes=1)
    assert click(world, menu(world), "1d", user={"id": "U2", "username": "bob"}) == 200
    (second,) = menus(world.slack.replied[-1])
    world.later(minutes=1)
    assert click(world, first) == 200
    assert "not in force any more" in world.slack.replied[-1]["text"]
    assert click(world, second) == 200
    said = world.slack.replied[-1]["text"]
    assert said.startswith("ada took the snooze of “Everything” back. The one before it counts again, until")
    world.later(minutes=1)
    assert click(world, second) == 200
    assert "not in force any more" in world.slack.replied[-1]["text"]


def test_an_alert_of_an_account_that_nobody_has(world: MemoryWorld) -> None:
    """It is not known, and who clicked is told what to do."""
    shown = menu(world)
    shown["block_id"] = shown["block_id"].replace("default|", "nobody|")
    assert click(world, shown, "6h") == 200
    assert "poe-budget snooze" in world.slack.replied[-1]["text"]


def test_no_key_of_poe_is_kept(world: MemoryWorld) -> None:
    """What stays in memory between clicks is what vouches for them, and no more."""
    assert click(world, menu(world), "6h") == 200
    ((_, trusted),) = endpoint._trusted  # noqa: SLF001 - what stays
    assert trusted == endpoint.Trusted(Secret(SIGNING), (Secret(world.slack_url),))


def test_the_log_says_who_did_what_and_nothing_secret(
    world: MemoryWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """Each request is a line; no address to answer to and no signature stands in it."""
    asked = good(world)
    caplog.clear()
    answered(world, asked)
    answered(world, asked)
    answered(world, good(world) | {"headers": {}})
    world.later(minutes=6)
    answered(world, asked)
    lines = [vars(one) for one in caplog.records]
    assert [(one["message"], one.get("outcome") or one["reason"]) for one in lines] == [
        ("click", "snoozed"),
        ("click refused", "replayed"),
        ("click refused", "not signed"),
        ("click refused", "old"),
    ]
    for secret in (KEY, SIGNING, CLICKED, asked["headers"]["x-slack-signature"]):
        assert secret not in str(lines)

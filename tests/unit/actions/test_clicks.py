"""An alert is snoozed where it is read, and that is taken back there."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from budget_alert.actions import endpoint
from budget_alert.secret import Keyring, Secret
from budget_alert.snoozes import LONGEST_NAME
from standins.loopback import Reply
from standins.slack_receiver import CLICKED, TEAM
from tests.support.clicks import (
    SIGNING,
    answered,
    asked,
    click,
    event,
    menu,
    menus,
    payload_of,
    secret_with_signing,
    undo,
)
from tests.support.world import KEY, START, MemoryWorld, World, memory_deployment

HOSTILE = "<!channel> *a* `b` <https://example.org|c> &"


def titles(world: World) -> list[str]:
    """Take the first lines that Slack was sent."""
    texts = [payload["text"] for payload in world.slack.payloads]
    world.slack.payloads.clear()
    return texts


def reply(world: World) -> str:
    """Give what Slack was answered last."""
    text: str = world.slack.replied[-1]["text"]
    return text


def test_a_click_silences_until_a_higher_threshold_and_the_end(world: World) -> None:
    """Snoozed for six hours: nothing, then the higher threshold at once, then what still holds, once."""
    assert click(world, menu(world), "6h") == 200
    assert world.slack.replied[0]["response_type"] == "in_channel"
    assert reply(world).startswith("ada snoozed “Everything” until 3 Nov 2026 06:05 (UTC).")
    titles(world)
    world.tick(world.later(hours=1))
    assert titles(world) == []
    world.spend(300)
    world.tick(world.later(minutes=5))
    (title,) = titles(world)
    assert "80 %" in title
    world.tick(START + timedelta(hours=5))
    assert titles(world) == []
    world.tick(START + timedelta(hours=7))
    (title,) = titles(world)
    assert "80 %" in title
    world.tick(START + timedelta(hours=8))
    assert titles(world) == []


def test_undo_takes_it_back(world: World) -> None:
    """The answer's button ends the snooze at once, and says who did."""
    click(world, menu(world), "7d")
    world.later(minutes=1)
    assert click(world, undo(world)) == 200
    assert world.slack.replied[-1]["replace_original"] is True
    assert reply(world) == "ada took the snooze of “Everything” back."


def test_a_limit_for_each_bot_is_named_with_its_bot(world: World) -> None:
    """Both answers say which bot's alerts are silent, and are not any more."""
    world.configure('[[budget]]\nname = "Limit"\npoints = 1_000\nperiod = "month"\neach = "bot"\n')
    world.tick(world.later(minutes=5))
    world.spend(900, bot_name="Sonnet")
    world.tick(world.later(minutes=5))
    click(world, menu(world), "7d")
    assert "ada snoozed “Limit · Sonnet” until" in reply(world)
    click(world, undo(world))
    assert reply(world) == "ada took the snooze of “Limit · Sonnet” back."


def test_two_people_who_choose_at_once(world: World) -> None:
    """The later choice holds; the button of the earlier one says that it is gone, and takes nothing back."""
    shown = menu(world)
    assert click(world, shown, "6h") == 200
    first = undo(world)
    world.later(minutes=1)
    assert click(world, shown, "1d", user={"id": "U2", "username": "bob"}) == 200
    second = undo(world)
    gone = "That snooze is not in force any more"
    back = "ada took the snooze of “Everything” back. The one before it counts again, until"
    for button, said in (
        (first, gone),
        (first | {"elements": [{**first["elements"][0], "value": "x"}]}, gone),
        (second, back),
        (second, gone),
    ):
        world.later(minutes=1)
        assert click(world, button) == 200
        assert reply(world).startswith(said)


@pytest.mark.parametrize("choice", ["1h", "6h", "1d", "7d", "window", "planned"])
def test_every_choice_is_kept_and_answered(world: World, choice: str) -> None:
    """Each option of the menu makes one snooze, and one answer that says until when."""
    assert click(world, menu(world), choice) == 200
    assert "ada snoozed “Everything” until" in reply(world)
    assert [item["sk"]["S"] for item in world.items() if item["sk"]["S"] == "snoozes"] == ["snoozes"]


def test_what_slack_adds_to_its_payload_is_passed_over(world: World) -> None:
    """Only what a snooze goes by is looked at."""
    assert click(world, menu(world), "1h", team={"id": TEAM, "name": None}, enterprise=7) == 200


def test_a_new_signing_secret_is_taken_at_once(world: World) -> None:
    """Who rotates the signing secret need not wait for a process to end."""
    assert click(world, menu(world), "1h") == 200
    world.keep_secret(secret_with_signing(world).replace(SIGNING, "another-signing-secret"))
    world.later(minutes=2)
    payload = payload_of(menu(world), "6h", world.now, world.slack_url)
    assert answered(world, asked(world, payload, key="another-signing-secret")) == 200


def test_a_hostile_name_of_a_rule(world: World) -> None:
    """A rule and a person may be called anything: the answer marks nothing up, and the snooze holds."""
    world.configure(f'[[budget]]\nname = "{HOSTILE}"\npoints = 1_000\nperiod = "month"\n')
    world.tick(world.later(minutes=5))
    world.spend(400)
    world.tick(world.later(minutes=5))
    assert click(world, menu(world), "1d", user={"id": "U1", "username": "<!here> *x*"}) == 200
    assert not {"<", "*"} & set(reply(world))
    titles(world)
    world.tick(world.later(hours=1))
    assert titles(world) == []


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ({"id": "U1"}, "U1"),
        ({"id": "U1", "name": "b"}, "b"),
        ({"id": "U1", "username": "x" * 999}, "x" * LONGEST_NAME),
    ],
)
def test_who_clicked_is_named_as_well_as_slack_knows(world: World, user: dict[str, str], shown: str) -> None:
    """And not at any length."""
    assert click(world, menu(world), "1h", user=user) == 200
    assert reply(world).startswith(f"{shown} snoozed “Everything”")


@pytest.mark.parametrize(
    "change", [lambda about: about[:-4] + "0000", lambda about: about.replace("default|", "nobody|")]
)
def test_an_unknown_alert_says_what_to_do(world: World, change: Any) -> None:
    """Where the alert is not in the table any more, or never was, a command does it instead."""
    shown = menu(world)
    shown["block_id"] = change(shown["block_id"])
    before = world.items()
    assert click(world, shown, "1h") == 200
    assert "poe-budget snooze" in reply(world)
    assert world.items() == before


def test_without_the_parameter_no_menu() -> None:
    """Without SlackActions alerts carry no menu."""
    with memory_deployment() as world:
        world.tick(START)
        world.spend(500)
        world.tick(world.later(minutes=5))
        assert menus(world.slack.payloads[-1]) == []


def test_a_missing_signing_secret_is_named() -> None:
    """With SlackActions, a secret without the signing secret is a trouble that is sent."""
    with memory_deployment(SLACK_ACTIONS="true") as world:
        world.tick(START)
        assert any("slack_signing_secret" in str(payload) for payload in world.slack.payloads)
        assert KEY not in str(world.slack.payloads)


@pytest.mark.parametrize("answer", [Reply(status=404), Reply(status=500), Reply(reset=True)])
def test_what_is_kept_stays_kept_where_slack_takes_no_answer(world: World, answer: Reply) -> None:
    """The snooze is what was asked for; the answer is only how one hears of it."""
    world.slack.replies.queue(answer)
    assert click(world, menu(world), "6h") == 200
    titles(world)
    world.spend(10)
    world.tick(world.later(minutes=5))
    assert titles(world) == []


def test_where_the_table_fails_it_says_so(world: MemoryWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who clicked is told to choose again, and can."""

    def fail(**_: object) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": KEY}}, "PutItem")

    with monkeypatch.context() as broken:
        broken.setattr(world.aws.table, "put_item", fail, raising=False)
        assert click(world, menu(world), "6h") == 200
    assert "choose again" in reply(world)
    world.later(minutes=1)
    assert click(world, menu(world), "6h") == 200
    assert "snoozed" in reply(world)


def test_no_key_of_poe_is_kept(world: World) -> None:
    """What stays in memory between clicks is what vouches for them, and no more."""
    assert click(world, menu(world), "6h") == 200
    ((_, trusted),) = endpoint._trusted  # noqa: SLF001 - what stays
    assert trusted == Keyring(slack_url=Secret(world.slack_url), slack_signing=Secret(SIGNING))


def test_the_log_says_who_did_what_and_nothing_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Each request is a line; no address to answer to and no signature stands in it."""
    good = asked(world, payload_of(menu(world), "6h", world.now, world.slack_url))
    caplog.clear()
    answered(world, good)
    answered(world, good)
    answered(world, good | {"headers": {}})
    answered(world, event(b"", {}, "GET"))
    world.later(minutes=6)
    answered(world, good)
    lines = [vars(one) for one in caplog.records]
    assert [(one["message"], one.get("outcome") or one["reason"]) for one in lines] == [
        ("click", "snoozed"),
        ("click refused", "replayed"),
        ("click refused", "not signed"),
        ("click refused", "no such path"),
        ("click refused", "old"),
    ]
    for secret in (KEY, SIGNING, CLICKED, good["headers"]["x-slack-signature"]):
        assert secret not in str(lines)

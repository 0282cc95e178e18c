"""An alert is snoozed where it is read; what Slack has not signed changes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from budget_alert.actions import endpoint
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
from tests.support.world import KEY, START, MemoryWorld, World, memory_deployment

FIVE = timedelta(minutes=5)
HOSTILE = "<!channel> *a* `b` <https://example.org|c> & \N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.fixture
def world() -> Iterator[MemoryWorld]:
    """Run a deployment whose alerts can be snoozed in Slack, past its welcome."""
    with memory_deployment(SLACK_ACTIONS="true") as running:
        endpoint._trusted.clear()  # noqa: SLF001 - as in a new process
        running.keep_secret(secret_with_signing(running))
        running.tick(START)
        running.slack.payloads.clear()
        yield running


def crossed(world: World, points: int, at: datetime) -> dict[str, Any]:
    """Spend so many points, let a tick send what that crosses, and give the message."""
    world.spend(points, at)
    world.tick(at + FIVE)
    return world.slack.payloads.pop()


def stored(world: World) -> list[Any]:
    """Give what clicks have written."""
    return [item for item in world.items() if item["pk"]["S"].startswith("snoozes#")]


def titles(world: World) -> list[str]:
    """Take the first lines that Slack was sent."""
    texts = [payload["text"] for payload in world.slack.payloads]
    world.slack.payloads.clear()
    return texts


def test_a_click_silences_until_a_higher_threshold_and_the_end(world: World) -> None:
    """Snoozed for six hours: nothing, then the higher threshold at once, then what still holds, once."""
    message = crossed(world, 500, START + FIVE)
    (menu,) = menus(message)
    assert click(world, menu, "6h") == 200
    (reply,) = world.slack.replied
    assert reply["response_type"] == "in_channel"
    assert reply["text"].startswith("ada snoozed “Everything” until 3 Nov 2026 06:10 (UTC).")
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
    (menu,) = menus(crossed(world, 500, START + FIVE))
    click(world, menu, "7d")
    (button,) = menus({"blocks": world.slack.replied[-1]["blocks"]})
    world.later(minutes=1)
    assert click(world, button) == 200
    assert world.slack.replied[-1]["replace_original"] is True
    assert world.slack.replied[-1]["text"] == "ada took the snooze of “Everything” back."


@pytest.mark.parametrize("choice", ["1h", "6h", "1d", "7d", "window", "planned"])
def test_every_choice_is_kept_and_answered(world: World, choice: str) -> None:
    """Each option of the menu makes one snooze, and one answer that says until when."""
    (menu,) = menus(crossed(world, 500, START + FIVE))
    assert click(world, menu, choice) == 200
    assert "ada snoozed “Everything” until" in world.slack.replied[-1]["text"]
    assert len([item for item in stored(world) if item["sk"]["S"] == "snoozes"]) == 1


def test_a_replayed_click_is_refused(world: World) -> None:
    """The same signed request again changes nothing, also after its snooze was taken back."""
    (menu,) = menus(crossed(world, 500, START + FIVE))
    body = form(payload_of(menu, "6h", world.now, world.slack_url))
    asked = event(body, signed_headers(body, world.now))
    assert answered(world, asked) == 200
    (button,) = menus({"blocks": world.slack.replied[-1]["blocks"]})
    world.later(minutes=1)
    click(world, button)
    before = stored(world)
    assert answered(world, asked) == 403
    assert stored(world) == before


@pytest.mark.parametrize(
    "what",
    [
        "key",
        "body",
        "unsigned",
        "old",
        "large",
        "method",
        "path",
        "team",
        "elsewhere",
        "expired",
        "menu",
        "id",
    ],
)
def test_what_is_no_click_of_ours_changes_nothing(world: World, what: str) -> None:
    """Each is refused, is a line of the log, and neither writes nor answers anywhere."""
    (menu,) = menus(crossed(world, 500, START + FIVE))
    elsewhere = {"response_url": "http://169.254.170.2/credentials"}
    changed: dict[str, dict[str, Any]] = {"team": {"team": {"id": "T9"}}, "elsewhere": elsewhere}
    at = world.now - timedelta(minutes=31) if what == "expired" else world.now
    payload = payload_of(menu, "6h", at, world.slack_url, **changed.get(what, {}))
    if what == "menu":
        payload["actions"][0]["selected_option"] = {"value": "999d"}
    if what == "id":
        payload["actions"][0]["block_id"] = "no such thing"
    body = form(payload) + (b"&x=" + b"x" * 1_000_000 if what == "large" else b"")
    headers = signed_headers(
        body, world.now - timedelta(minutes=6 * (what == "old")), "?" if what == "key" else SIGNING
    )
    if what == "unsigned":
        headers = {}
    asked = event(
        body + (b" " if what == "body" else b""),
        headers,
        "GET" if what == "method" else "POST",
        "/admin" if what == "path" else "/",
    )
    assert answered(world, asked) == (404 if what in ("method", "path") else 403)
    assert stored(world) == []
    assert world.slack.replied == []


def test_false_requests_read_the_secret_once_a_minute(
    world: MemoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of wrong signatures costs no more calls than one a minute."""
    honest, reads = world.aws.get_secret_value, []

    def read(**asked: str) -> Any:
        reads.append(world.now)
        return honest(**asked)

    monkeypatch.setattr(world.aws, "get_secret_value", read)
    body = form({})
    asked = event(body, signed_headers(body, world.now, "wrong"))
    for _ in range(50):
        assert answered(world, asked) == 403
    assert len(reads) == 1


def test_a_new_signing_secret_is_taken_at_once(world: World) -> None:
    """Who rotates the signing secret need not wait for a process to end."""
    (menu,) = menus(crossed(world, 500, START + FIVE))
    assert click(world, menu, "1h") == 200
    world.keep_secret(secret_with_signing(world).replace(SIGNING, "another-signing-secret"))
    world.later(minutes=2)
    body = form(payload_of(menu, "6h", world.now, world.slack_url))
    assert answered(world, event(body, signed_headers(body, world.now, "another-signing-secret"))) == 200


def test_hostile_names(world: World) -> None:
    """A rule and a person may be called anything: the answer marks nothing up, and the snooze holds."""
    world.configure(
        f'[[budget]]\nname = "{HOSTILE[:70]}"\npoints = 1_000\nperiod = "month"\n'.replace("\u202e", "")
    )
    world.tick(world.later(minutes=5))
    titles(world)
    (menu,) = menus(crossed(world, 900, world.later(minutes=5)))
    assert click(world, menu, "1d", user={"id": "U1", "username": "<!here> *x*"}) == 200
    text = world.slack.replied[-1]["text"]
    assert "<" not in text
    assert "*" not in text
    world.tick(world.later(hours=1))
    assert titles(world) == []


def test_an_unknown_alert_says_what_to_do(world: World) -> None:
    """Where the alert is not in the table any more, who clicked is told which command does it."""
    (menu,) = menus(crossed(world, 500, START + FIVE))
    menu["block_id"] = menu["block_id"][:-4] + "0000"
    assert click(world, menu, "1h") == 200
    assert "poe-budget snooze" in world.slack.replied[-1]["text"]
    assert stored(world) == []


def test_without_the_parameter_no_menu() -> None:
    """Without SlackActions alerts carry no menu."""
    with memory_deployment() as world:
        world.tick(START)
        assert menus(crossed(world, 500, START + FIVE)) == []


def test_a_missing_signing_secret_is_named() -> None:
    """With SlackActions, a secret without the signing secret is a trouble that is sent."""
    with memory_deployment(SLACK_ACTIONS="true") as world:
        world.tick(START)
        assert any("slack_signing_secret" in str(payload) for payload in world.slack.payloads)
        assert KEY not in str(world.slack.payloads)

"""Clicks as Slack sends them to the address of the second function."""

import json
from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_sdk.signature import SignatureVerifier

from budget_alert import wiring
from budget_alert.actions import endpoint
from standins.slack_receiver import CLICKED, TEAM, blocks_of
from tests.support.world import KEY, World

SIGNING = "signing-secret-that-nobody-may-see"


def secret_with_signing(world: World) -> str:
    """Give the secret's text with the app's signing secret."""
    return json.dumps(
        {"poe_api_key": KEY, "slack_webhook_url": world.slack_url, "slack_signing_secret": SIGNING}
    )


def menus(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the blocks of a message that can be clicked on."""
    return [block for block in blocks_of(message) if block["type"] == "actions"]


def menu(world: World) -> dict[str, Any]:
    """Give the menu of the alert that Slack was sent last."""
    (found,) = menus(world.slack.payloads[-1])
    return found


def undo(world: World) -> dict[str, Any]:
    """Give the button of what Slack was answered last."""
    (found,) = menus(world.slack.replied[-1])
    return found


def payload_of(
    block: dict[str, Any], choice: str, at: datetime, webhook: str, **changed: Any
) -> dict[str, Any]:
    """Give what Slack says of a click: on an option by its value, or on the button."""
    (element,) = block["elements"]
    action = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": str(at.timestamp()),
    }
    if element["type"] == "button":
        action["value"] = element["value"]
    else:
        (option,) = (each for each in element["options"] if each["value"] == choice)
        action["selected_option"] = option
    parts = urlsplit(webhook)
    reply = f"{parts.scheme}://{parts.netloc}{parts.path.split('/services/', maxsplit=1)[0]}{CLICKED}1/abc"
    return {
        "type": "block_actions",
        "user": {"id": "U1", "username": "ada", "team_id": TEAM},
        "team": {"id": TEAM, "domain": "example"},
        "response_url": reply,
        "actions": [action],
        **changed,
    }


def form(payload: object) -> bytes:
    """Give the body that Slack sends."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def signed_headers(body: bytes, at: datetime, key: str = SIGNING) -> dict[str, str]:
    """Give the headers by which Slack vouches for a body, as its own library makes them."""
    stamp = str(int(at.timestamp()))
    signature = SignatureVerifier(key).generate_signature(timestamp=stamp, body=body)
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": str(signature),
    }


def event(body: bytes, headers: dict[str, str], method: str = "POST", path: str = "/") -> dict[str, Any]:
    """Give the event of a function's address, in its payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def answered(world: World, asked: object) -> int:
    """Let the second function answer an event, and give the status."""
    with wiring.tools(lambda: 10.0, clock=lambda: world.now, sleep=world.slept.append) as tools:
        return endpoint.status_of(tools, asked)


def asked(world: World, payload: object, at: datetime | None = None, key: str = SIGNING) -> dict[str, Any]:
    """Give the event of a payload that is signed, now unless told otherwise."""
    body = form(payload)
    return event(body, signed_headers(body, at or world.now, key))


def click(world: World, block: dict[str, Any], choice: str = "", **changed: Any) -> int:
    """Choose something now, and give the status that Slack gets."""
    return answered(world, asked(world, payload_of(block, choice, world.now, world.slack_url, **changed)))

"""Slack's payload -> Click: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import msgspec

from budget_alert.errors import ClickRefusedError
from budget_alert.identity import is_named
from budget_alert.secret import Keyring
from budget_alert.snoozes import LONGEST_NAME

ANSWERABLE = timedelta(minutes=30)
"""Slack takes an answer for this long: https://docs.slack.dev/interactivity/handling-user-interaction."""


class _User(msgspec.Struct, frozen=True):
    id: str
    username: str = ""
    name: str = ""


class _Team(msgspec.Struct, frozen=True):
    id: str


class _Option(msgspec.Struct, frozen=True):
    value: str


class _Action(msgspec.Struct, frozen=True):
    action_id: str
    block_id: str
    action_ts: str
    value: str = ""
    selected_option: _Option | None = None


class _Payload(msgspec.Struct, frozen=True, tag="block_actions"):
    user: _User
    team: _Team | None
    response_url: str
    actions: tuple[_Action, ...]


class Click(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose, of which alert, and where Slack takes the answer.

    `choice` is the value of the option or the button, `about` what the message put there to find the alert
    by: its account, when it was written, and its id. `by` names the person as Slack does: an id, and a name
    to show.
    """

    action: str
    choice: str
    about: str
    account: str
    written_at: datetime
    alert_id: str
    at: datetime
    by_id: str
    by: str
    team: str
    response_url: str


def click_in(body: bytes, now: datetime) -> Click:
    """Read a request's form; raises ClickRefusedError where it holds no fresh click on an alert."""
    try:
        form = parse_qs(body.decode(), strict_parsing=True, max_num_fields=4)
        payload = msgspec.json.decode(form["payload"][0], type=_Payload)
        action = payload.actions[0]
        at = datetime.fromtimestamp(float(action.action_ts), UTC)
    except (
        KeyError,
        ValueError,
        IndexError,
        OverflowError,
        OSError,
        RecursionError,
        msgspec.DecodeError,
    ) as error:
        raise ClickRefusedError("not a click") from error
    if not -ANSWERABLE < now - at < ANSWERABLE:
        raise ClickRefusedError("expired")
    account, written_at, alert_id = _found_by(action.block_id)
    name = payload.user.username or payload.user.name or payload.user.id
    return Click(
        action=action.action_id,
        choice=action.selected_option.value if action.selected_option else action.value,
        about=action.block_id,
        account=account,
        written_at=written_at,
        alert_id=alert_id,
        at=at,
        by_id=payload.user.id,
        by=name[:LONGEST_NAME],
        team=payload.team.id if payload.team else "",
        response_url=payload.response_url,
    )


def _found_by(about: str) -> tuple[str, datetime, str]:
    try:
        account, text, alert_id = about.split("|")
        written_at = datetime.fromisoformat(text)
        found = account, written_at.astimezone(UTC), alert_id
    except (ValueError, OverflowError) as error:
        raise ClickRefusedError("not of an alert") from error
    if not is_named(account) or written_at.tzinfo is None:
        raise ClickRefusedError("not of an alert")
    return found


def check_origin(click: Click, keyring: Keyring) -> None:
    """See that a click comes from the workspace of a webhook, and is answered at its host.

    A webhook's path is /services/TEAM/APP/SECRET. Raises ClickRefusedError.
    """
    webhooks = [one.reveal() for one in (keyring.slack_url, *keyring.webhooks.values()) if one]
    theirs = [one for one in webhooks if f"/services/{click.team}/" in one]
    if not click.team or not theirs:
        raise ClickRefusedError("another workspace")
    if click.response_url.split("/")[:3] not in [one.split("/")[:3] for one in theirs]:
        raise ClickRefusedError("answered elsewhere")

"""A click on an alert -> the snooze it asks for, and what Slack is answered."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from budget_alert.actions.click import Click
from budget_alert.alerts import Alert
from budget_alert.channels.blocks import LENGTHS, PLANNED, UNDO, WINDOW
from budget_alert.channels.markup import fitting
from budget_alert.config.periods import midnight
from budget_alert.errors import ClickRefusedError
from budget_alert.messages.times import moment
from budget_alert.messages.wording import quoted
from budget_alert.snoozes import Snooze, called, snoozable

LONGEST = 2500
"""Characters of an answer; Slack takes 3,000 in a section."""


def asked_for(click: Click, alert: Alert) -> Snooze | None:
    """Give the snooze that a choice in an alert's menu asks for; None where its period is over.

    What is planned is taken to last until the day ends. Raises ClickRefusedError for no choice of the menu.
    """
    target = snoozable(alert)
    if target is None:
        raise ClickRefusedError("not of an alert that can be snoozed")
    zone = ZoneInfo(alert.zone)
    tomorrow = click.at.astimezone(zone).date() + timedelta(days=1)
    ends = {value: click.at + length for value, (_, length) in LENGTHS.items()}
    ends |= {WINDOW: target.ends_at or click.at, PLANNED: midnight(zone, tomorrow)}
    until = ends.get(click.choice)
    if until is None:
        raise ClickRefusedError("no choice of the menu")
    planned = click.choice == PLANNED
    return target.snoozed(click.at, until, click.by, planned=planned) if until > click.at else None


def kept(click: Click, snooze: Snooze, zone: str) -> dict[str, Any]:
    """Say who snoozed what until when, for the whole channel, with a button that takes it back."""
    until = moment(snooze.until, zone)
    words = f"{click.by} snoozed {quoted(called(snooze.rule))} until {until}."
    if snooze.planned_from:
        words += (
            f" What is used from {moment(snooze.planned_from, zone)} until then is planned: it counts, "
            "and is left out of what is usual and of forecasts."
        )
    elif snooze.points is not None:
        words += " A higher threshold is sent all the same."
    words += " What still holds then is sent once."
    button = {
        "type": "button",
        "action_id": UNDO,
        "text": {"type": "plain_text", "text": "Undo", "emoji": False},
        "value": click.at.isoformat(),
    }
    undo = {"type": "actions", "block_id": click.about, "elements": [button]}
    return {"response_type": "in_channel", "replace_original": False, **_said(words, undo)}


def undone(click: Click, alert: Alert, before: Snooze | None) -> dict[str, Any]:
    """Say who took a snooze back, in the place of what said that it was there, and which one counts again."""
    words = f"{click.by} took the snooze of {quoted(alert.about)} back."
    if before:
        words += f" The one before it counts again, until {moment(before.until, alert.zone)}."
    return {"replace_original": True, **_said(words)}


def failed(words: str) -> dict[str, Any]:
    """Say to who clicked why nothing was kept."""
    return {"response_type": "ephemeral", "replace_original": False, **_said(words)}


def _said(words: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    shown = fitting(words, LONGEST)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": shown, "verbatim": True}}
    return {"text": shown, "blocks": [section, *blocks]}

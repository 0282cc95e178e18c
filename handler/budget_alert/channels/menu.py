"""The menu of an alert in Slack: what its options are called, and what a click on one means.

Limits: https://docs.slack.dev/reference/block-kit/composition-objects/option-object (75 characters of label),
and fewer than https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element of a placeholder.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from budget_alert.channels.markup import plain
from budget_alert.messages.parts import Menu
from budget_alert.messages.wording import quoted

SNOOZE, UNDO = "snooze", "undo"
"""The ids of the menu and of the button that takes a choice back."""
WINDOW, PLANNED = "window", "planned"
LENGTHS = {
    "1h": ("1 hour", timedelta(hours=1)),
    "6h": ("6 hours", timedelta(hours=6)),
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("1 week", timedelta(days=7)),
}
"""By the value of an option: its label, and how long it silences."""
LONGEST_NAME = 60
LONGEST_TEXT = 75


def menu_block(menu: Menu) -> dict[str, Any]:
    """Give the block with the menu; its id finds the alert again."""
    select = {
        "type": "static_select",
        "action_id": SNOOZE,
        "placeholder": _plain(f"Snooze {quoted(menu.rule, LONGEST_NAME)}"),
        "options": [{"text": _plain(label), "value": value} for value, label in _options(menu)],
    }
    return {"type": "actions", "block_id": menu.about, "elements": [select]}


def _options(menu: Menu) -> Iterator[tuple[str, str]]:
    yield from ((value, f"For {label}") for value, (label, _) in LENGTHS.items())
    if menu.until:
        yield WINDOW, "Until its period ends"
    if menu.can_be_planned:
        yield PLANNED, "Planned, not unusual"


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": plain(text, LONGEST_TEXT), "emoji": False}

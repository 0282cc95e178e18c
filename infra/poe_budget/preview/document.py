"""Every kind of message as HTML: a page of all of them, and the page whose screenshot the README shows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import LONGEST_SMS, body, septets, sms, subject
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import Message
from poe_budget.preview.account import NAME, PLACES, samples
from poe_budget.preview.mrkdwn import html_of, link, linked, unescaped
from poe_budget.rendering import render
from standins.slack_receiver import cell_text

HEADINGS = {
    "budget": "A budget has reached a threshold",
    "over": "A budget has reached its limit",
    "incident": "One burst, several rules",
    "forecast": "A budget will hardly last",
    "spike": "Much more than usual",
    "query": "Queries that cost too much",
    "balance": "Points are running out",
    "health": "The monitor itself is in trouble",
    "digest": "A day in numbers",
    "welcome": "The monitor begins",
}
PICTURED = ("budget",)


def messages() -> dict[str, Message]:
    """Give the sample message of each kind, made as the function makes it."""
    return {kind: compose(alerts, NAME, PLACES) for kind, alerts in samples().items()}


def page(kinds: Collection[str] = tuple(HEADINGS)) -> str:
    """Give one page with each of these kinds of message in Slack, as a mail and as an SMS."""
    return shown("preview.html", [drawn(kind, one) for kind, one in messages().items() if kind in kinds])


def picture() -> str:
    """Give the page of which the README shows a screenshot: a message as Slack shows it."""
    every = messages()
    return shown("picture.html", [drawn(kind, every[kind]) for kind in PICTURED])


def shown(template: str, drawings: Sequence[Mapping[str, object]]) -> str:
    """Fill messages into a template.

    Raises ValueError for a block that it does not know: a preview that left one out would not be true.
    """
    return render(
        template,
        messages=drawings,
        cell_text=cell_text,
        longest_sms=LONGEST_SMS,
        link=link,
        linked=linked,
        mrkdwn=html_of,
        refuse=_refuse,
        unescaped=unescaped,
    )


def drawn(kind: str, message: Message) -> dict[str, object]:
    """Give what a template shows of a message."""
    sent, text = payload(message), sms(message)
    return {
        "kind": kind,
        "heading": HEADINGS[kind],
        "clock": clock(message),
        "blocks": sent.get("blocks", ()),
        "attachments": sent.get("attachments", ()),
        "subject": subject(message),
        "body": body(message),
        "sms": text,
        "septets": septets(text),
    }


def clock(message: Message) -> str:
    """Give the time of day at which a message is sent, on the clock of its reader."""
    alert = message.alerts[0]
    return f"{alert.counted_at.astimezone(ZoneInfo(alert.zone)):%H:%M}"


def _refuse(part: str, unknown: Mapping[str, Any]) -> NoReturn:
    raise ValueError(f"the preview cannot draw the {part} {unknown['type']!r}; teach templates/frames.html")

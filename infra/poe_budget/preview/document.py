"""Every kind of message as HTML: a page of all of them, and the page whose screenshot the README shows."""

from collections.abc import Collection
from html import escape
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms, subject
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import Message
from poe_budget.preview import frames, slack
from poe_budget.preview.account import LINKS, NAME
from poe_budget.preview.alerts import samples

HEADINGS = {
    "budget": "A budget has reached a threshold",
    "over": "A budget has reached its limit",
    "incident": "One burst, several rules",
    "forecast": "A budget will hardly last",
    "spike": "Much more than usual",
    "query": "Queries that cost too much",
    "balance": "Points are running out",
    "health": "The watch itself is in trouble",
    "digest": "A day in numbers",
    "welcome": "The watch begins",
}
PICTURED = ("budget",)
_HERE = Path(__file__).parent


def messages() -> dict[str, Message]:
    """Give the sample message of each kind, made as the function makes it."""
    return {kind: compose(alerts, NAME, LINKS) for kind, alerts in samples().items()}


def page(kinds: Collection[str] = tuple(HEADINGS)) -> str:
    """Give one page with each of these kinds of message in Slack, as a mail and as an SMS."""
    told = {kind: message for kind, message in messages().items() if kind in kinds}
    links = "".join(f'<a href="#{kind}">{escape(HEADINGS[kind])}</a>' for kind in told)
    sections = "".join(_kind(kind, message) for kind, message in told.items())
    return _document("page", f"<nav>{links}</nav>{sections}")


def picture() -> str:
    """Give the page of which the README shows a screenshot: a message as Slack shows it."""
    told = messages()
    shown = "".join(_slack(told[kind]) for kind in PICTURED)
    return _document("picture", f'<div class="frame channel">{shown}</div>')


def clock(message: Message) -> str:
    """Give the time of day at which a message is told, on the clock of its reader."""
    alert = message.alerts[0]
    return f"{alert.counted_at.astimezone(ZoneInfo(alert.zone)):%H:%M}"


def _kind(kind: str, message: Message) -> str:
    return (
        f'<section id="{kind}"><h2>{escape(HEADINGS[kind])}</h2><div class="channels">'
        f'<div class="frame channel">{_slack(message)}</div>'
        f'<div class="others">{_mail(message)}{frames.sms(sms(message))}</div></div></section>'
    )


def _slack(message: Message) -> str:
    return slack.message(payload(message), clock(message))


def _mail(message: Message) -> str:
    return frames.mail(subject(message), body(message), clock(message))


def _document(kind: str, inside: str) -> str:
    template = Template((_HERE / f"{kind}.html").read_text(encoding="utf-8"))
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    return template.substitute(style=style, inside=inside)

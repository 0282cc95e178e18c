"""`poe-budget preview`: every kind of message, as it will look."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import msgspec
from rich.text import Text

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms, subject
from budget_alert.messages.parts import Message
from poe_budget.cli.command import Command
from poe_budget.cli.files import Written, write
from poe_budget.cli.options import as_json
from poe_budget.drawing import panels
from poe_budget.errors import WrongUseError
from poe_budget.output import console, json_of, say
from poe_budget.preview.document import HEADINGS, messages, page
from standins.slack_receiver import blocks_of

BUILDER = "https://app.slack.com/block-kit-builder/#"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A message as a mail; `body` is plain text."""

    subject: str
    body: str


class Previewed(msgspec.Struct, frozen=True, kw_only=True):
    """A message of this kind, made from sample data; `slack` is what Slack's webhook is sent."""

    kind: str
    slack: dict[str, Any]
    mail: Mail
    sms: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What `preview --json` prints: a message of each kind."""

    messages: tuple[Previewed, ...]


@click.command(cls=Command, example="poe-budget preview --kind forecast")
@click.option(
    "--kind", "kinds", type=click.Choice(list(HEADINGS)), multiple=True, help="Show this kind only."
)
@click.option("--html", type=Written(), help="Write a page for a browser instead.")
@click.option("--link", is_flag=True, help="Print the long address for Slack's Block Kit Builder.")
@as_json
def command(*, kinds: tuple[str, ...], html: Path | None, link: bool, as_json: bool) -> int:
    """Show every kind of message.

    Each is shown as in Slack, as a mail and as an SMS, made from sample data by the function's own code. A
    terminal that knows links has one that opens it in Slack's Block Kit Builder; --link prints its address.
    """
    if html and as_json:
        raise WrongUseError("the messages are shown in one way: give --html or --json, not both")
    if html:
        write(html, page(kinds or tuple(HEADINGS)))
        say(f"{html} shows them; open it in a browser.")
        return 0
    shown = {kind: message for kind, message in messages().items() if not kinds or kind in kinds}
    if as_json:
        say(json_of(Preview(messages=tuple(_sample(*each) for each in shown.items()))))
        return 0
    terminal = console()
    for kind, message in shown.items():
        terminal.rule(HEADINGS[kind], align="left")
        for panel in panels(message):
            terminal.print(panel)
        # An address of thousands of characters: behind a few words where that can be, or if asked for.
        address = builder_link(message)
        if link:
            say(address)
        elif terminal.color_system:
            # A terminal without styles has no links either.
            terminal.print(Text("Open in Slack's Block Kit Builder", style=f"underline link {address}"))
    return 0


def builder_link(message: Message) -> str:
    """Give the address at which Slack's Block Kit Builder shows a message."""
    blocks = msgspec.json.encode({"blocks": blocks_of(payload(message))})
    return BUILDER + quote(blocks, safe="")


def _sample(kind: str, message: Message) -> Previewed:
    mail = Mail(subject=subject(message), body=body(message))
    return Previewed(kind=kind, slack=payload(message), mail=mail, sms=sms(message))

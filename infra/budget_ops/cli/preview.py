"""`poe-budget preview`: every kind of message, as it will look."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import click
import msgspec
from rich.console import Console
from rich.text import Text

from budget_alert.channels.blocks import payload
from budget_alert.messages.compose import Message
from budget_ops.cli.command import Command
from budget_ops.cli.output import console, say
from budget_ops.errors import OpsError
from budget_ops.preview import messages, page
from budget_ops.preview.document import HEADINGS
from budget_ops.preview.terminal import panels

BUILDER = "https://app.slack.com/block-kit-builder/#"


@click.command(cls=Command, example="poe-budget preview --kind forecast")
@click.option(
    "--kind", "kinds", type=click.Choice(list(HEADINGS)), multiple=True, help="Show this kind only."
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page for a browser instead."
)
def command(*, kinds: tuple[str, ...], html: Path | None) -> int:
    """Show every kind of message.

    Each is shown as in Slack, as a mail and as an SMS, made from sample data by the function's own code, with
    a link that opens it in Slack's Block Kit Builder.
    """
    if html:
        _write(html, page(kinds or tuple(HEADINGS)))
        return 0
    every = messages()
    _show(console(), {kind: every[kind] for kind in kinds or every})
    return 0


def builder_link(message: Message) -> str:
    """Give the address at which Slack's Block Kit Builder shows a message."""
    blocks = msgspec.json.encode({"blocks": payload(message)["blocks"]})
    return BUILDER + quote(blocks, safe="")


def _show(terminal: Console, told: Mapping[str, Message]) -> None:
    for kind, message in told.items():
        terminal.rule(HEADINGS[kind], align="left")
        for panel in panels(message):
            terminal.print(panel)
        _link(terminal, builder_link(message), alone=len(told) == 1)


def _link(terminal: Console, address: str, *, alone: bool) -> None:
    """Print an address of thousands of characters; of several, behind a few words where that can be."""
    if terminal.is_terminal and not alone:
        words = "Open it in Slack's Block Kit Builder"
        terminal.print(Text(words, style=f"underline link {address}"))
    else:
        say(address)


def _write(file: Path, html: str) -> None:
    try:
        file.write_text(html, encoding="utf-8")
    except OSError as error:
        raise OpsError(f"{file} cannot be written: {error.strerror}") from error
    say(f"{file} shows them; open it in a browser.")

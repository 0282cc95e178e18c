"""Alerts drawn in a terminal: the Slack message as Slack lays it out, and the mail as its plain text."""

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any
from unicodedata import category

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms, subject
from budget_alert.messages.parts import Message
from poe_budget.preview.mrkdwn import MARKS, unescaped
from standins.slack_receiver import blocks_of, cell_text

_WIDTH, _SMS_WIDTH = 96, 48
_STYLES = {"b": "bold", "i": "italic", "s": "strike", "code": "cyan"}


def panels(message: Message) -> tuple[Panel, ...]:
    """Draw a message as in Slack, as a mail and as an SMS."""
    return (
        slack_panel(payload(message)),
        mail_panel(subject(message), body(message)),
        Panel(Text(sms(message)), title="SMS", title_align="left", border_style="green", width=_SMS_WIDTH),
    )


def slack_panel(payload: Mapping[str, Any]) -> Panel:
    """Return a webhook message as a framed picture; without blocks it is the fallback text."""
    blocks = blocks_of(payload) or [{"type": "section", "text": {"text": payload["text"]}}]
    drawn = [line for block in blocks for line in _block(block)]
    return Panel(Group(*drawn), title="Slack", title_align="left", border_style="magenta", width=_WIDTH)


def mail_panel(subject: str, text: str) -> Panel:
    """Return a mail as a framed picture: its subject as the title, its text as it stands."""
    title = Text.assemble("Mail: ", _safe(subject))
    return Panel(Text(_safe(text)), title=title, title_align="left", border_style="blue", width=_WIDTH)


def slack_text(text: str) -> Text:
    """Return Slack's mark-up as styled text: bold, italic, code and links, with its escapes undone."""
    drawn, end = Text(), 0
    for found in MARKS.finditer(text):
        drawn.append(_unescaped(text[end : found.start()]))
        drawn.append_text(_marked(found))
        end = found.end()
    return drawn.append(_unescaped(text[end:]))


def _marked(found: re.Match[str]) -> Text:
    kind = found.lastgroup or ""
    if kind in _STYLES:
        return Text(_unescaped(found[kind]), style=_STYLES[kind])
    return Text(_unescaped(found["label"] or found["target"]), style="underline")


def _block(block: Mapping[str, Any]) -> Iterator[RenderableType]:
    kind = block["type"]
    if kind == "divider":
        yield Rule(style="dim")
    elif kind == "header":
        yield Text(_unescaped(block["text"]["text"]), style="bold reverse")
    elif kind == "context":
        for element in block["elements"]:
            if "text" in element:
                drawn = slack_text(element["text"])
                drawn.stylize("dim")
                yield drawn
    elif kind == "table":
        yield _table(block)
    elif kind == "actions":
        labels = (_label(element) for element in block["elements"])
        yield Text(" ").join(Text(f"[ {label} ]", style="bold") for label in labels)
    else:
        yield from _section(block)


def _label(element: Mapping[str, Any]) -> str:
    if element["type"] == "static_select":
        return f"{_unescaped(element['placeholder']['text'])} ▾"
    return _safe(element["text"]["text"])


def _section(block: Mapping[str, Any]) -> Iterator[RenderableType]:
    if "text" in block:
        yield slack_text(block["text"]["text"].removeprefix("```\n").removesuffix("\n```"))
    if block.get("fields"):
        fields, grid = block["fields"], Table.grid(padding=(0, 4), expand=True)
        for left, right in zip_longest(fields[::2], fields[1::2], fillvalue={"text": ""}):
            grid.add_row(slack_text(left["text"]), slack_text(right["text"]))
        yield Padding(grid, (0, 0, 0, 2))


def _table(block: Mapping[str, Any]) -> Table:
    headings, *rows = ([Text(_safe(cell_text(cell))) for cell in row] for row in block["rows"])
    table = Table(expand=True)
    for heading, how in zip(headings, block["column_settings"], strict=True):
        table.add_column(heading, justify=how.get("align", "left"), no_wrap=not how.get("is_wrapped"))
    for row in rows:
        table.add_row(*row)
    return table


def _unescaped(text: str) -> str:
    return _safe(unescaped(text))


def _safe(text: str) -> str:
    # A name with an escape sequence in it could rewrite the reader's terminal.
    return "".join(letter for letter in text if letter == "\n" or category(letter) != "Cc")

"""A webhook's payload -> HTML that looks as Slack's client shows it."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from poe_budget.preview.mrkdwn import html_of, link, unescaped

APP = "Poe budget"
_FACE = (
    '<svg class="face" viewBox="0 0 36 36" aria-hidden="true">'
    '<rect class="tile" width="36" height="36" rx="8"/>'
    '<path class="track" d="M8 24a10.6 10.6 0 1 1 20 0"/>'
    '<path class="used" d="M8 24a10.6 10.6 0 0 1 16-12.6"/>'
    '<path class="hand" d="M18 22l5-8"/></svg>'
)

Block = Mapping[str, Any]


def message(payload: Mapping[str, Any], clock: str) -> str:
    """Render a payload as the message of an app, posted at a time such as "10:15".

    Raises ValueError for a block that this does not know: a preview that left one out would not be true.
    """
    text = {"type": "mrkdwn", "text": payload["text"]}
    blocks = payload.get("blocks") or [{"type": "section", "text": text}]
    attached = "".join(map(_attachment, payload.get("attachments", ())))
    return (
        f'<article class="message">{_FACE}<div class="said">'
        f'<div class="who"><b>{APP}</b><span class="app">APP</span><time>{escape(clock)}</time></div>'
        f"{''.join(map(_block, blocks))}{attached}</div></article>"
    )


def _attachment(attachment: Mapping[str, Any]) -> str:
    colour = f'<rect width="4" height="100%" fill="{escape(attachment["color"])}"/>'
    bar = f'<svg class="bar" width="4" aria-hidden="true">{colour}</svg>'
    return f'<div class="attachment">{bar}<div>{"".join(map(_block, attachment["blocks"]))}</div></div>'


def _block(block: Block) -> str:
    draw = _BLOCKS.get(block["type"])
    if draw is None:
        raise ValueError(
            f"the preview cannot draw the block {block['type']!r}; teach poe_budget.preview.slack"
        )
    return draw(block)


def _header(block: Block) -> str:
    return f'<div class="block header">{_text(block["text"])}</div>'


def _section(block: Block) -> str:
    text = f'<div class="text">{_text(block["text"])}</div>' if "text" in block else ""
    fields = "".join(f'<div class="field">{_text(field)}</div>' for field in block.get("fields", ()))
    columns = f'<div class="fields">{fields}</div>' if fields else ""
    beside = _button(block["accessory"]) if "accessory" in block else ""
    return f'<div class="block section">{text}{beside}{columns}</div>'


def _context(block: Block) -> str:
    elements = "".join(f'<div class="small">{_text(each)}</div>' for each in block["elements"])
    return f'<div class="block context">{elements}</div>'


def _actions(block: Block) -> str:
    return f'<div class="block actions">{"".join(map(_button, block["elements"]))}</div>'


def _divider(_: Block) -> str:
    return '<hr class="block">'


def _button(element: Block) -> str:
    if element["type"] != "button":
        raise ValueError(f"the preview cannot draw the element {element['type']!r}")
    style = {"primary": " primary", "danger": " danger"}.get(element.get("style", ""), "")
    return link(element.get("url", ""), unescaped(element["text"]["text"]), f"button{style}")


def _text(text: Mapping[str, Any]) -> str:
    return html_of(text["text"]) if text["type"] == "mrkdwn" else escape(unescaped(text["text"]))


_BLOCKS: dict[str, Callable[[Block], str]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
}

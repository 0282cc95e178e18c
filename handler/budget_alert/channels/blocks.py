"""Message -> what Slack's webhook takes: Block Kit and a fallback text.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks, 150 characters of header, 3,000 of
text) and https://docs.slack.dev/reference/block-kit/block-elements/button-element (75 of a label).
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from budget_alert.channels.markup import SIGNS, fitting, plain, shown, sign_and_word, units
from budget_alert.messages.parts import Link, Message, Section
from budget_alert.messages.wording import whose

Block: TypeAlias = dict[str, Any]

MOST_BLOCKS = 50
LONGEST_HEADER = 150
LONGEST_TEXT = 3000
LONGEST_LINE = LONGEST_TEXT - 2
LONGEST_LABEL = 75
ROOM_FOR_BAR = 40
CUT = "Slack takes no more than this in one message; the rest stands in the mail, if there is one."


def payload(message: Message) -> dict[str, Any]:
    """Render a message; nothing that a user named can mark up, mention or link in it."""
    title = f"{SIGNS[message.severity]} {message.title}"
    return {
        "text": fitting(title, LONGEST_TEXT),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [_header(title), *_fitting(list(_body(message))), *_end(message)],
    }


def _body(message: Message) -> Iterator[Block]:
    for place, section in enumerate(message.sections):
        if place:
            yield {"type": "divider"}
        yield from map(_section, _packed(_lines(section)))
        if section.also:
            yield from map(_section, _packed(_items(section.also_heading, section.also)))
        if section.advice:
            yield from map(_section, _packed(_items("What to do next", section.advice)))
        if section.note:
            yield _context(section.note)
    if message.more:
        yield _context(message.more)


def _end(message: Message) -> Iterator[Block]:
    if message.links:
        yield {"type": "actions", "elements": [_button(link) for link in message.links]}
    yield _context(f"{sign_and_word(message.severity)} · Poe points · {whose(message.account)}")


def _fitting(body: list[Block]) -> list[Block]:
    room = MOST_BLOCKS - 3
    return body if len(body) <= room else [*body[: room - 1], _context(CUT)]


def _lines(section: Section) -> Iterator[str]:
    yield f"*{fitting(section.heading, LONGEST_LINE)}*"
    yield from shown(section, lambda line: fitting(line, LONGEST_LINE - ROOM_FOR_BAR))


def _items(heading: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"*{heading}*"
    for line in lines:
        yield f"• {fitting(line, LONGEST_LINE)}"


def _packed(lines: Iterator[str]) -> Iterator[str]:
    packed = next(lines)
    for line in lines:
        if units(packed) + 1 + units(line) > LONGEST_TEXT:
            yield packed
            packed = line
        else:
            packed += "\n" + line
    yield packed


def _header(title: str) -> Block:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": plain(title, LONGEST_HEADER), "emoji": False},
    }


def _button(link: Link) -> Block:
    label = {"type": "plain_text", "text": plain(link.label, LONGEST_LABEL), "emoji": False}
    return {"type": "button", "text": label, "url": link.url}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(line: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(fitting(line, LONGEST_TEXT))]}


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: Slack makes no links or mentions of what merely looks like one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}

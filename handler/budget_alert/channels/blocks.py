"""Message -> what Slack's webhook takes: Block Kit and a fallback text.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks, 150 characters of header, 3,000 of
text) and https://docs.slack.dev/reference/block-kit/block-elements/button-element (75 of a label).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

from budget_alert.alerts import Severity
from budget_alert.channels.markup import (
    ENTITIES,
    SIGNS,
    fitting,
    gauge_line,
    plain,
    severity_line,
    table,
    units,
)
from budget_alert.messages.parts import Field, Link, Message, Section

Block: TypeAlias = dict[str, Any]

MOST_BLOCKS = 50
LONGEST_HEADER = 150
LONGEST_TEXT = 3000
LONGEST_FIELD = 2000
LONGEST_LABEL = 75
ROOM_FOR_MARKUP = 60
LONGEST_LINE = LONGEST_TEXT - ROOM_FOR_MARKUP
FENCE = "```"
CUT = "Slack takes no more than this in one message; the rest stands in the mail, if there is one."
COLORS = {Severity.CRITICAL: "#d92d20", Severity.WARNING: "#f0b100", Severity.INFO: "#2f80ed"}
"""Of the bar beside a message."""


def payload(message: Message) -> dict[str, Any]:
    """Render a message; nothing that a user named can mark up, mention or link in it.

    The first line is a header, all else an attachment, for only these have a colour. `text` is what a
    notification shows.
    """
    title = f"{SIGNS[message.severity]} {message.title}"
    end = list(_end(message))
    room = MOST_BLOCKS - 1 - len(end)
    body = list(_body(message))
    body = body if len(body) <= room else [*body[: room - 1], _context(CUT)]
    return {
        "text": fitting(title, LONGEST_TEXT),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [_header(title)],
        "attachments": [{"color": COLORS[message.severity], "blocks": [*body, *end]}],
    }


def _body(message: Message) -> Iterator[Block]:
    several = len(message.sections) > 1
    for place, section in enumerate(message.sections):
        if place:
            yield {"type": "divider"}
        yield from map(_section, _packed(_lines(section, several=several)))
        yield from map(_fenced, _packed(table(section.rows, _escaped)))
        if section.fields:
            yield {"type": "section", "fields": [_field(field) for field in section.fields], "expand": True}
        yield from map(_section, _packed(map(_escaped, section.facts)))
        if section.also:
            yield from map(_section, _packed(_items(section.also_heading, section.also)))
        # Who reads of a threshold in Slack gets six lines; what to do stands in mails and chats.
        if section.advice and not section.gauge:
            lead = _packed(map(_link, section.links), " · ")
            yield from map(_section, _packed(chain(_items("What to do next", section.advice), lead)))
        if several and section.note:
            yield _context(section.note)
    if message.more:
        yield _context(message.more)


def _end(message: Message) -> Iterator[Block]:
    # Not buttons: where an app has no address for clicks, Slack shows a warning sign beside them.
    if message.links:
        links = _packed(map(_link, message.links), " · ")
        yield {"type": "context", "elements": list(map(_mrkdwn, links))}
    note = "" if message.sections[1:] else message.sections[0].note
    yield _context(" · ".join(filter(None, [severity_line(message.severity, message.account), note])))


def _link(link: Link) -> str:
    label = fitting(link.label, LONGEST_LABEL).replace("|", "\N{FULLWIDTH VERTICAL LINE}")
    return f"<{link.url.translate(ENTITIES)}|{label}>"


def _lines(section: Section, *, several: bool) -> Iterator[str]:
    if several:
        yield f"*{_escaped(section.headline)}*"
    if section.outlook:
        yield _escaped(section.outlook)
    if section.gauge:
        yield gauge_line(section.gauge, _escaped)


def _escaped(line: str) -> str:
    return fitting(line, LONGEST_LINE)


def _items(heading: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"*{heading}*"
    for line in lines:
        yield f"• {_escaped(line)}"


def _packed(lines: Iterable[str], between: str = "\n") -> Iterator[str]:
    """Put as many lines together as one text holds; none of no lines."""
    packed = ""
    for line in lines:
        if packed and units(packed) + units(between) + units(line) > LONGEST_LINE:
            yield packed
            packed = line
        else:
            packed += f"{between}{line}" if packed else line
    if packed:
        yield packed


def _header(title: str) -> Block:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": plain(title, LONGEST_HEADER), "emoji": False},
    }


def _section(text: str) -> Block:
    # expand: Slack folds nothing away behind "see more".
    return {"type": "section", "text": _mrkdwn(text), "expand": True}


def _fenced(text: str) -> Block:
    return _section(f"{FENCE}\n{text}\n{FENCE}")


def _field(field: Field) -> dict[str, Any]:
    words = fitting(field.words, LONGEST_FIELD - ROOM_FOR_MARKUP - LONGEST_LABEL)
    return _mrkdwn(f"*{fitting(field.label, LONGEST_LABEL)}*\n{words}")


def _context(line: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(fitting(line, LONGEST_TEXT))]}


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: Slack makes no links or mentions of what merely looks like one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}

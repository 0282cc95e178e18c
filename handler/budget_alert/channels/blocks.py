"""Message -> what Slack's webhook takes: Block Kit and a fallback text.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks, 150 characters of header, 3,000 of
text), https://docs.slack.dev/reference/block-kit/block-elements/button-element (75 of a label) and
https://docs.slack.dev/reference/block-kit/composition-objects/option-object (75 of an option).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, TypeAlias

from budget_alert.alerts import Severity
from budget_alert.channels.markup import (
    ENTITIES,
    SIGNS,
    fitting,
    gauge_line,
    items,
    literal,
    plain,
    severity_line,
    table,
    units,
)
from budget_alert.messages.parts import Field, Link, Menu, Message, Row, Section
from budget_alert.messages.wording import bar, quoted

Block: TypeAlias = dict[str, Any]

MOST_BLOCKS = 50
LONGEST_HEADER = 150
LONGEST_TEXT = 3000
LONGEST_FIELD = 2000
LONGEST_LABEL = 75
ROOM_FOR_MARKUP = 60
LONGEST_LINE = LONGEST_TEXT - ROOM_FOR_MARKUP
# https://docs.slack.dev/reference/block-kit/blocks/table-block: 100 rows of at most 20 cells, none of them
# empty, 10,000 characters in all of them, and one table a message. It is documented for chat.postMessage;
# webhooks are seen to take it, which is promised nowhere: what one refuses is sent without.
MOST_TABLE_ROWS = 100
LONGEST_TABLE = 10_000
HEADINGS = ("Budget", "Used", "Points, and what comes")
COLUMNS = ({"is_wrapped": True}, {"align": "right"}, {"is_wrapped": True})
FENCE = "```"
CUT = "Slack takes no more than this in one message; the rest stands in the mail, if there is one."
COLORS = {Severity.CRITICAL: "#d92d20", Severity.WARNING: "#f0b100", Severity.INFO: "#2f80ed"}
"""Of the bar beside a message."""
LONGEST_NAME = 60
SNOOZE, UNDO = "snooze", "undo"
"""The ids of an alert's menu and of the button that takes a choice back."""
WINDOW, PLANNED = "window", "planned"
LENGTHS = {
    "1h": ("1 hour", timedelta(hours=1)),
    "6h": ("6 hours", timedelta(hours=6)),
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("1 week", timedelta(days=7)),
}
"""By the value of an option of the menu: its label, and how long it silences."""


def payload(message: Message, *, tables: bool = True) -> dict[str, Any]:
    """Render a message; nothing that a user named can mark up, mention or link in it.

    The first line is a header, all else an attachment, for only these have a colour. `text` is what a
    notification shows. The first rows are a table where Slack's limits allow it; all others, and all rows
    without `tables`, are code blocks.
    """
    title = f"{SIGNS[message.severity]} {message.title}"
    end = list(_end(message))
    room = MOST_BLOCKS - 1 - len(end)
    body = list(_body(message, tables=tables))
    body = body if len(body) <= room else [*body[: room - 1], _context(CUT)]
    return {
        "text": fitting(title, LONGEST_TEXT),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [{"type": "header", "text": _plain(title, LONGEST_HEADER)}],
        "attachments": [{"color": COLORS[message.severity], "blocks": [*body, *end]}],
    }


def _body(message: Message, *, tables: bool) -> Iterator[Block]:
    several = len(message.sections) > 1
    # A message may have one table.
    tabled = next((section for section in message.sections if section.rows), None) if tables else None
    for place, section in enumerate(message.sections):
        if place:
            yield {"type": "divider"}
        yield from map(_section, _packed(_lines(section, several=several)))
        yield from _rows(section.rows, as_table=section is tabled)
        if section.fields:
            yield {"type": "section", "fields": [_field(field) for field in section.fields], "expand": True}
        yield from map(_section, _packed(map(_escaped, section.facts)))
        if section.also:
            yield from map(_section, _packed(items(section.also_heading, section.also, _escaped)))
        # Who reads of a threshold in Slack gets six lines; what to do stands in mails and chats.
        if section.advice and not section.gauge:
            lead = _packed(map(_link, section.links), " · ")
            steps = items("What to do next", section.advice, _escaped)
            yield from map(_section, _packed(chain(steps, lead)))
        if several and section.note:
            yield _context(section.note)
        if section.menu:
            yield _menu(section.menu)
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


def _section(text: str) -> Block:
    # expand: Slack folds nothing away behind "see more".
    return {"type": "section", "text": _mrkdwn(text), "expand": True}


def _rows(rows: Sequence[Row], *, as_table: bool) -> Iterator[Block]:
    lines = [HEADINGS, *((row.name, f"{row.share} {bar(row.percent)}", row.comes) for row in rows)]
    texts = [text for line in lines for text in line]
    fits = len(lines) <= MOST_TABLE_ROWS and sum(map(units, texts)) <= LONGEST_TABLE
    if as_table and fits and all(map(str.strip, texts)):
        cells = [[_cell(text) for text in line] for line in lines]
        yield {"type": "table", "column_settings": list(COLUMNS), "rows": cells}
    else:
        yield from (_section(f"{FENCE}\n{text}\n{FENCE}") for text in _packed(table(rows, _escaped)))


def _cell(text: str) -> Block:
    # Not raw_text: Slack has answered it with a status of 500 (github.com/soxtoby/SlackNet/issues/246).
    line = {"type": "text", "text": literal(text)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [line]}]}


def _field(field: Field) -> dict[str, Any]:
    words = fitting(field.words, LONGEST_FIELD - ROOM_FOR_MARKUP - LONGEST_LABEL)
    return _mrkdwn(f"*{fitting(field.label, LONGEST_LABEL)}*\n{words}")


def _context(line: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(fitting(line, LONGEST_TEXT))]}


def _menu(menu: Menu) -> Block:
    """Give the block with the menu; its id finds the alert again."""
    options = [(value, f"For {label}") for value, (label, _) in LENGTHS.items()]
    options += [(WINDOW, "Until its period ends")] if menu.until else []
    options += [(PLANNED, "Planned, not unusual")] if menu.can_be_planned else []
    select = {
        "type": "static_select",
        "action_id": SNOOZE,
        "placeholder": _plain(f"Snooze {quoted(menu.rule, LONGEST_NAME)}", LONGEST_LABEL),
        "options": [{"text": _plain(label, LONGEST_LABEL), "value": value} for value, label in options],
    }
    return {"type": "actions", "block_id": menu.about, "elements": [select]}


def _plain(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": plain(text, longest), "emoji": False}


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: Slack makes no links or mentions of what merely looks like one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}

"""A stand-in for Slack's incoming webhooks on loopback: checks what it gets as Slack does, and keeps it.

The limits are those of Slack's Block Kit reference; only blocks that a webhook message may hold count.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any

import msgspec

from standins.loopback import Asked, Reply, Script, serving

_MOST_BLOCKS = 50
_MOST_FIELDS = 10
_MOST_ELEMENTS = {"context": 10, "actions": 25}
_LONGEST_HEADER = 150
_LONGEST_SECTION = 3000
_LONGEST_FIELD = 2000
_MOST_ROWS, _MOST_COLUMNS, _LONGEST_TABLE = 100, 20, 10_000
_LONGEST_OPTION, _LONGEST_PLACEHOLDER, _LONGEST_ID = 75, 150, 255
_MOST_OPTIONS = 100
TEAM = "T0000"
PATH = f"/services/{TEAM}/B0000/loopback-webhook"
CLICKED = f"/actions/{TEAM}/"
"""Where answers to clicks go: a response_url is the address with this path, and anything behind it."""


def refused(status: int, reason: str) -> Reply:
    """Return an answer in Slack's form: the reason as plain text."""
    return Reply(status=status, body=reason.encode(), headers={"Content-Type": "text/plain"})


NO_SERVICE = refused(404, "no_service")
SERVER_ERROR = refused(500, "rollup_error")


def rate_limited(seconds: int) -> Reply:
    """Return Slack's 429, to be tried again after so many seconds."""
    return Reply(status=429, body=b"rate_limited", headers={"Retry-After": str(seconds)})


class SlackReceiver:
    """A webhook that keeps what it took.

    `payloads` holds the messages taken, oldest first, `replied` what was answered to clicks; `answers` every
    answer given, refusals included;
    `replies` is the script of what requests are answered with in place of the honest answer. Without
    `tables` it refuses messages that have one.
    """

    def __init__(self, *, tables: bool = True) -> None:
        self._tables = tables
        self.payloads: list[dict[str, Any]] = []
        self.replied: list[dict[str, Any]] = []
        self.answers: list[Reply] = []
        self.replies: Script[Reply] = Script()

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve on loopback and give the webhook's address."""
        with serving(self.answer) as url:
            yield url + PATH

    def answer(self, asked: Asked) -> Reply:
        """Answer a request, as the script says or honestly."""
        reply = self.replies.next(asked) or self._honest(asked)
        self.answers.append(reply)
        return reply

    def _honest(self, asked: Asked) -> Reply:
        is_reply = asked.path.startswith(CLICKED)
        if asked.method != "POST" or not (is_reply or asked.path == PATH):
            return NO_SERVICE
        payload = _decoded(asked.body)
        reason = refusal(payload, tables=self._tables)
        if reason:
            return refused(400, reason)
        (self.replied if is_reply else self.payloads).append(payload)
        return Reply(body=b"ok", headers={"Content-Type": "text/html"})


def _decoded(body: bytes) -> Any:  # noqa: ANN401 -- any JSON value
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def refusal(payload: object, *, tables: bool = True) -> str | None:
    """Return the reason with which Slack would refuse a decoded body, or None where it would take it.

    Without `tables` as where a webhook takes none.
    """
    if not isinstance(payload, dict):
        return "invalid_payload"
    if not isinstance(payload.get("blocks", []), list):
        return "invalid_blocks"
    blocks = blocks_of(payload)
    if not payload.get("text") and not blocks:
        return "no_text"
    if not _good_blocks(blocks):
        return "invalid_blocks"
    most = 1 if tables else 0
    return "invalid_attachments" if sum(block["type"] == "table" for block in blocks) > most else None


def blocks_of(payload: Mapping[str, Any]) -> list[Any]:
    """Give all blocks of a message: its own, and those of its attachments below them."""
    attached = (attachment.get("blocks", []) for attachment in payload.get("attachments", []))
    return [*payload.get("blocks", []), *chain.from_iterable(attached)]


def _good_blocks(blocks: list[Any]) -> bool:
    return len(blocks) <= _MOST_BLOCKS and all(map(_good_block, blocks))


def _good_block(block: object) -> bool:
    if not isinstance(block, dict):
        return False
    check = _CHECKS.get(str(block.get("type")))
    return check is not None and check(block)


def _good_header(block: Mapping[str, Any]) -> bool:
    text: Any = block.get("text")
    return _good_text(text, _LONGEST_HEADER) and text["type"] == "plain_text"


def _good_section(block: Mapping[str, Any]) -> bool:
    text, fields = block.get("text"), block.get("fields", [])
    if text is None and not fields:
        return False
    return (text is None or _good_text(text, _LONGEST_SECTION)) and _good_fields(fields)


def _good_fields(fields: object) -> bool:
    return (
        isinstance(fields, list)
        and len(fields) <= _MOST_FIELDS
        and all(_good_text(field, _LONGEST_FIELD) for field in fields)
    )


def _good_elements(block: Mapping[str, Any]) -> bool:
    elements = block.get("elements")
    return isinstance(elements, list) and 0 < len(elements) <= _MOST_ELEMENTS[block["type"]]


def _good_actions(block: Mapping[str, Any]) -> bool:
    identified = 0 < len(str(block.get("block_id"))) <= _LONGEST_ID
    return identified and _good_elements(block) and all(map(_good_element, block["elements"]))


def _good_element(element: Mapping[str, Any]) -> bool:
    if element.get("type") == "button":
        return _good_text(element.get("text"), _LONGEST_OPTION)
    options = element.get("options", [])
    return (
        element.get("type") == "static_select"
        and _good_text(element.get("placeholder"), _LONGEST_PLACEHOLDER)
        and 0 < len(options) <= _MOST_OPTIONS
        and all(_good_text(option.get("text"), _LONGEST_OPTION) for option in options)
        and all(0 < len(str(option.get("value"))) <= _LONGEST_OPTION for option in options)
    )


def _good_table(block: Mapping[str, Any]) -> bool:
    rows, columns = block.get("rows"), block.get("column_settings", [])
    if not isinstance(rows, list) or not 0 < len(rows) <= _MOST_ROWS or len(columns) > _MOST_COLUMNS:
        return False
    if not all(isinstance(row, list) and 0 < len(row) <= _MOST_COLUMNS for row in rows):
        return False
    texts = [cell_text(cell) for row in rows for cell in row]
    return all(map(str.strip, texts)) and sum(map(len, texts)) <= _LONGEST_TABLE


def cell_text(cell: Mapping[str, Any]) -> str:
    """Give the text of a table's cell: of plain text, or of a line of rich text."""
    if cell.get("type") == "raw_text":
        return str(cell["text"])
    elements = chain.from_iterable(line.get("elements", []) for line in cell.get("elements", []))
    return "".join(each.get("text", "") for each in elements)


def _good_text(text: Any, longest: int) -> bool:  # noqa: ANN401 -- any JSON value
    return (
        isinstance(text, dict)
        and text.get("type") in {"plain_text", "mrkdwn"}
        and isinstance(text.get("text"), str)
        and 0 < len(text["text"]) <= longest
    )


_CHECKS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "header": _good_header,
    "section": _good_section,
    "context": _good_elements,
    "actions": _good_actions,
    "divider": lambda _: True,
    "table": _good_table,
}

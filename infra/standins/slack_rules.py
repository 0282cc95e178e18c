"""What Slack's incoming webhooks take and what they refuse.

The limits are those of Slack's Block Kit reference; only blocks that a webhook message may hold count.
"""

from collections.abc import Callable, Mapping
from typing import Any

_MOST_BLOCKS = 50
_MOST_FIELDS = 10
_MOST_ELEMENTS = {"context": 10, "actions": 25}
_LONGEST_HEADER = 150
_LONGEST_SECTION = 3000
_LONGEST_FIELD = 2000


def refusal(payload: object) -> str | None:
    """Return the reason with which Slack would refuse a decoded body, or None where it would take it."""
    if not isinstance(payload, dict):
        return "invalid_payload"
    blocks = payload.get("blocks", [])
    if not payload.get("text") and not blocks:
        return "no_text"
    return None if _good_blocks(blocks) else "invalid_blocks"


def _good_blocks(blocks: object) -> bool:
    return isinstance(blocks, list) and len(blocks) <= _MOST_BLOCKS and all(map(_good_block, blocks))


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
    "actions": _good_elements,
    "divider": lambda _: True,
}

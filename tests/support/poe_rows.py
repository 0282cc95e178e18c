"""Answers of Poe's usage history, good in all that a test does not spoil."""

import json
from typing import Any

from budget_alert.usage.entries import Entry

ROW = {
    "creation_time": 1763800000000001,
    "bot_name": "Claude",
    "query_id": "q",
    "usage_type": "API",
    "cost_points": 12,
}
ENTRY = Entry(1763800000000001, "q", "Claude", "API", "", 12, None)
REQUIRED = sorted(ROW)


def body(*rows: Any, **more: Any) -> bytes:
    """Give an answer with these rows, the last one unless told otherwise."""
    return json.dumps({"has_more": False, "data": list(rows)} | more).encode()


def row(**changed: Any) -> dict[str, Any]:
    """Give a good row with other values in some fields."""
    return ROW | changed

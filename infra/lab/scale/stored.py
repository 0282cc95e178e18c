"""What the table holds of usage, read as the contract lays it out, and without any code of the function's."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zlib import decompress

import msgspec

from lab.scale.plain import Slots, add
from lab.scale.services import MemoryTable

_FORMATS = {"slot#": "slot#%Y-%m-%dT%H:%MZ", "day#": "day#%Y-%m-%d"}


def stored(table: MemoryTable, account: str, prefix: str) -> Slots:
    """Give an account's items whose keys begin so, part by part; parts of no queries are left out.

    Raises ValueError where an item's own sums are not those of its parts.
    """
    return dict(_item(item, prefix) for item in table.items_of(account, prefix))


def _item(
    item: Mapping[str, Any], prefix: str
) -> tuple[datetime, dict[tuple[str, str, str], tuple[int, int]]]:
    start = datetime.strptime(item["sk"]["S"], _FORMATS[prefix]).replace(tzinfo=UTC)
    text = decompress(item["packed"]["B"]) if "packed" in item else item["body"]["S"].encode()
    body = msgspec.json.decode(text)
    totals = body.get("total", body) if isinstance(body, dict) else body
    parts: dict[tuple[str, str, str], tuple[int, int]] = {}
    for (bot, usage_type, key), (points, queries, *_) in totals["parts"]:
        add(parts, (bot, usage_type, key), (points, queries))
    for place, name in enumerate(("points", "queries")):
        if int(item[name]["N"]) != sum(amount[place] for amount in parts.values()):
            raise ValueError(f"{item['pk']['S']} {item['sk']['S']}: {name} are not those of its parts")
    return start, parts


def by_key(quarters: Slots) -> Slots:
    """Sum over bots and usage types."""
    found: Slots = {}
    for start, parts in quarters.items():
        for (_, _, key), amount in parts.items():
            add(found.setdefault(start, {}), ("", "", key), amount)
    return found

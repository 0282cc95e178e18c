"""A made-up account: rows that follow from their number alone, so that a million of them take no memory."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from budget_alert.instants import SLOT, from_micros, to_micros
from budget_alert.poe.wire import parse_page
from budget_alert.usage.entries import Entry
from standins.history import BOTS

ROWS_A_PAGE = 100
_KEYS = ("support-bot", "ci-nightly", "notebook")
_USES = ("API", "API", "API", "Chat")
_DOLLARS = 0.00003
"""What a point costs."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Rows at even distances, `per_slot` in each quarter hour, by `bots` bots in turn.

    `newest` is the creation of row 0, from which the rows go back; there are `rows` of them, None for
    no end. The first page leaves out the `unseen` newest rows.
    """

    newest: datetime
    per_slot: int = 4
    bots: int = len(BOTS)
    rows: int | None = None
    unseen: int = 0

    @property
    def shown(self) -> datetime:
        """The creation of the newest row that the first page holds."""
        return from_micros(self._created(self.unseen))

    def row(self, number: int) -> dict[str, Any]:
        """Give a row as Poe lists it."""
        points, use = 5 + number * 7919 % 40, _USES[number * 31 % len(_USES)]
        made = {
            "creation_time": self._created(number),
            "bot_name": self._bot(number),
            "query_id": f"{number:016x}",
            "usage_type": use,
            "cost_points": points,
        }
        if use == "API":
            key = _KEYS[number * 17 % len(_KEYS)]
            return made | {"cost_usd": f"{points * _DOLLARS:.4f}", "api_key_name": key}
        return made | {"chat_name": "Quarterly report"}

    def page(self, after: str | None) -> bytes:
        """Give the page after the row with a query id, or the newest for None, as Poe would answer it."""
        first = self.unseen if after is None else int(after, 16) + 1
        end = first + ROWS_A_PAGE if self.rows is None else min(first + ROWS_A_PAGE, self.rows)
        data = [self.row(number) for number in range(first, end)]
        more = self.rows is None or end < self.rows
        return msgspec.json.encode({"has_more": more, "length": len(data), "data": data})

    def entries(self, count: int) -> tuple[Entry, ...]:
        """Give the newest rows as the function reads them."""
        data = [self.row(number) for number in range(count)]
        return parse_page(msgspec.json.encode({"has_more": False, "data": data})).entries

    def _bot(self, number: int) -> str:
        place = number % self.bots
        return BOTS[place].name if place < len(BOTS) else f"Bot-{place:04d}"

    def _created(self, number: int) -> int:
        return to_micros(self.newest) - number * self._apart

    @property
    def _apart(self) -> int:
        """Microseconds between two rows."""
        return SLOT // timedelta(microseconds=1) // self.per_slot

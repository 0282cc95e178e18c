"""The usage history as Poe keeps it: which rows a page holds at a given instant, without any HTTP."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT = timedelta(days=30) // timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Return the Unix time of an aware instant in microseconds, the unit of Poe's `creation_time`."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the history; all times are Unix times in microseconds.

    `visible_at` makes a late row: the list shows it from then on (None: from its creation on).
    `cost_lands_at` makes a late cost: until then the row shows 0 points and no money.
    """

    creation_time: int
    query_id: str
    bot_name: str = "Claude-Sonnet-4.5"
    usage_type: str = "API"
    cost_points: int
    api_key_name: str | None = None
    cost_usd: str | None = None
    chat_name: str | None = None
    canvas_tab_name: str | None = None
    visible_at: int | None = None
    cost_lands_at: int | None = None

    def seen(self, now: int) -> bool:
        """Tell whether the list holds the row at `now`, leaving aside that rows are kept for 30 days."""
        return now >= (self.creation_time if self.visible_at is None else self.visible_at)

    def landed(self, now: int) -> bool:
        """Tell whether the row shows its cost at `now`."""
        return self.cost_lands_at is None or now >= self.cost_lands_at

    def points(self, now: int) -> int:
        """Return the cost that the row shows at `now`."""
        return self.cost_points if self.landed(now) else 0

    def shown(self, now: int) -> dict[str, object]:
        """Return the row as the list shows it at `now`; fields that it does not have are left out."""
        optional = {
            "api_key_name": self.api_key_name,
            "cost_usd": self.cost_usd if self.landed(now) else None,
            "chat_name": self.chat_name,
            "canvas_tab_name": self.canvas_tab_name,
        }
        return {
            "creation_time": self.creation_time,
            "bot_name": self.bot_name,
            "query_id": self.query_id,
            "usage_type": self.usage_type,
            "cost_points": self.points(now),
            **{name: value for name, value in optional.items() if value is not None},
        }


class UnknownPosition(StrEnum):
    """What an unknown or expired `starting_after` gets: Poe does not document it, so all are tried out."""

    REFUSED = "refused"
    EMPTY = "empty"
    RESTART = "restart"


class PoeStore:
    """Rows in the order of their creation, of which a page is cut in the time of a bisection."""

    def __init__(self, rows: Iterable[Row] = (), unknown: UnknownPosition = UnknownPosition.REFUSED) -> None:
        self.unknown = unknown
        self._rows: list[Row] = []
        self._places: dict[str, int] = {}
        self._sorted = True
        self._lock = threading.Lock()
        self.add(*rows)

    def add(self, *rows: Row) -> None:
        """Take in more rows, of any age. Rows of one instant keep the order in which they were added."""
        with self._lock:
            self._rows.extend(rows)
            self._sorted = False

    def page(self, now: datetime, limit: int = 20, starting_after: str | None = None) -> dict[str, Any]:
        """Return the JSON object that Poe would answer at `now`, newest row first.

        Raise LookupError where `starting_after` is a row that the list does not hold at `now`, and
        an unknown position is to be refused.
        """
        at = microseconds(now)
        with self._lock:
            rows = list(islice(self._older(starting_after, at), limit + 1))
        data = [row.shown(at) for row in rows[:limit]]
        return {"has_more": len(rows) > limit, "length": len(data), "data": data}

    def total(self, now: datetime, since: datetime | None = None) -> int:
        """Return the points that the list has shown by `now`, of rows created at or after `since`.

        Rows that Poe keeps no longer count as well: it is what a perfect reader has counted.
        """
        return sum(row.points(microseconds(now)) for row in self._seen(now, since))

    def entries(self, now: datetime, since: datetime | None = None) -> int:
        """Return the number of rows that the list has shown by `now`, counted like the total."""
        return sum(1 for _ in self._seen(now, since))

    def cost(self, now: datetime, since: datetime) -> int:
        """Return what the rows created at or after `since` have cost the account by `now`.

        A balance falls when a cost lands, also while the list does not show its row yet.
        """
        at, start = microseconds(now), microseconds(since)
        return sum(row.points(at) for row in self._rows if start <= row.creation_time <= at)

    def _seen(self, now: datetime, since: datetime | None) -> Iterator[Row]:
        at, start = microseconds(now), 0 if since is None else microseconds(since)
        return (row for row in self._rows if start <= row.creation_time <= at and row.seen(at))

    def _older(self, starting_after: str | None, now: int) -> Iterator[Row]:
        self._sort()
        oldest = bisect_left(self._rows, now - _KEPT, key=_created)
        newest = bisect_right(self._rows, now, key=_created)
        before = newest if starting_after is None else self._place(starting_after, range(oldest, newest), now)
        older = map(self._rows.__getitem__, range(before - 1, oldest - 1, -1))
        return (row for row in older if row.seen(now))

    def _place(self, query_id: str, listed: range, now: int) -> int:
        place = self._places.get(query_id, -1)
        if place in listed and self._rows[place].seen(now):
            return place
        if self.unknown is UnknownPosition.REFUSED:
            raise LookupError(f"starting_after is not a row of the history: {query_id!r}")
        return listed.start if self.unknown is UnknownPosition.EMPTY else listed.stop

    def _sort(self) -> None:
        # Only after rows were added: a page must cost a bisection, not a pass over the history.
        if self._sorted:
            return
        self._rows.sort(key=_created)
        self._places = {row.query_id: place for place, row in enumerate(self._rows)}
        self._sorted = True


def _created(row: Row) -> int:
    return row.creation_time

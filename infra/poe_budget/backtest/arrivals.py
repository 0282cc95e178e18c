"""A history -> what of it each tick sees for the first time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol

from budget_alert.instants import MICROSECOND, SLOT, from_micros, to_micros
from budget_alert.usage.entries import Entry
from budget_alert.usage.slots import Slots
from budget_alert.usage.totals import Totals
from poe_budget.past.history import History

SLOT_MICROS = SLOT // MICROSECOND


class Arrivals(Protocol):
    """Quarter hours as they look at one instant after another."""

    def until(self, now: datetime) -> Slots:
        """Give those that have changed since the last call, whole, oldest first; `now` never goes back."""


def arrivals(history: History, since: datetime, costly: int | None) -> Arrivals:
    """Let a history arrive from the quarter hour `since` on; queries of `costly` points are kept by name.

    An entry shows from its creation on, its cost with it. Where only quarter hours are known, each shows as
    a whole once it is over.
    """
    if history.entries is not None:
        floor = to_micros(since)
        return _Entries([entry for entry in history.entries if entry.created >= floor], costly)
    named = history.naming(costly).slots
    return _WholeSlots({start: named[start] for start in sorted(named) if start >= since})


class _Entries:
    def __init__(self, entries: Sequence[Entry], costly: int | None) -> None:
        self._entries = entries
        self._costly = costly
        self._seen = 0

    def until(self, now: datetime) -> Slots:
        new = bisect_right(self._entries, to_micros(now), lo=self._seen, key=_created)
        if new == self._seen:
            return {}
        # The quarter hour of the oldest new entry may have been seen in part.
        began = _slot(self._entries[self._seen]) * SLOT_MICROS
        first = bisect_left(self._entries, began, hi=self._seen, key=_created)
        self._seen = new
        slots = groupby(self._entries[first:new], key=_slot)
        return {_start(slot): Totals.of(list(rows), self._costly).bounded() for slot, rows in slots}


class _WholeSlots:
    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._starts: Iterator[datetime] = iter(slots)
        self._next = next(self._starts, None)

    def until(self, now: datetime) -> Slots:
        over: dict[datetime, Totals] = {}
        while self._next is not None and self._next + SLOT <= now:
            over[self._next] = self._slots[self._next]
            self._next = next(self._starts, None)
        return over


def _created(entry: Entry) -> int:
    return entry.created


def _slot(entry: Entry) -> int:
    return entry.created // SLOT_MICROS


def _start(slot: int) -> datetime:
    return from_micros(slot * SLOT_MICROS)

"""The usage of an account through a span of time, wherever it was read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from budget_alert.instants import from_micros, slot_of, to_micros
from budget_alert.usage.entries import Entry
from budget_alert.usage.missing import Holes
from budget_alert.usage.slots import Slots, Span
from budget_alert.usage.totals import Totals


class Reporter(Protocol):
    """Hears how a long reading goes."""

    def reached(self, done: float, words: str) -> None:
        """Take how much of it is done, from 0 to 1, and words for how far it came."""

    def wait(self, seconds: float) -> None:
        """Wait for so long, and say that this is so."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All usage of [start, end), as far as it could be read, and nothing else.

    `start` begins a quarter hour; `end` is the instant of the reading, within one. `slots` holds the
    quarter hours with usage, `holes` what of it is missing all the same. `entries` are the rows themselves,
    oldest first, None where the source keeps only sums. `unreadable` rows were left out. `source` says in
    words where this comes from, `notes` in sentences what its reader should know of it.
    """

    source: str
    start: datetime
    end: datetime
    slots: Slots
    entries: tuple[Entry, ...] | None = None
    unreadable: int = 0
    holes: Holes = ()
    notes: tuple[str, ...] = ()

    def naming(self, costly: int | None) -> "History":
        """Keep queries of `costly` points by name besides the largest few, as the function does.

        A source that keeps only sums names those that it kept.
        """
        if self.entries is None:
            slots: Slots = {start: totals.naming(costly) for start, totals in self.slots.items()}
        else:
            slots = slots_of(self.entries, costly)
        return msgspec.structs.replace(self, slots=slots)


def slots_of(entries: Iterable[Entry], costly: int | None = None) -> dict[datetime, Totals]:
    """Add up entries by their quarter hour, oldest first; those of `costly` points are kept by name."""
    by_slot: dict[datetime, list[Entry]] = {}
    for entry in entries:
        by_slot.setdefault(slot_of(from_micros(entry.created)), []).append(entry)
    return {start: Totals.of(by_slot[start], costly) for start in sorted(by_slot)}


def within(entries: Iterable[Entry], span: Span) -> tuple[Entry, ...]:
    """Give the entries created in [start, end), oldest first."""
    start, end = map(to_micros, span)
    kept = (entry for entry in entries if start <= entry.created < end)
    return tuple(sorted(kept, key=lambda entry: (entry.created, entry.query_id)))

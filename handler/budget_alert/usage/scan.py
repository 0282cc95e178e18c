"""One scan: the head and the gaps read in turns, until all is read or the time is up."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import accumulate, compress
from operator import itemgetter
from typing import Protocol

import msgspec

from budget_alert.errors import (
    KeyRefusedError,
    ListBrokenError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    UnknownPositionError,
)
from budget_alert.instants import slot_of, to_micros
from budget_alert.usage.entries import Page
from budget_alert.usage.gaps import expire, expired
from budget_alert.usage.state import RETENTION, State
from budget_alert.usage.strands import Head, Strand, Tail
from budget_alert.usage.totals import Totals

OLDEST_ROW = timedelta(days=40)
YOUNGEST_ROW = timedelta(days=1)
NOTHING_MORE_TO_HAVE = (KeyRefusedError, RateLimitedError, PoeUnavailableError)


class History(Protocol):
    """Where pages come from."""

    def page(self, after: str | None) -> Page:
        """Give the page after a row, or the newest; raises ScanError."""


class Scan:
    """What one tick reads: the strand from the head, and one for each gap.

    Queries of `costly` points are kept by name.
    """

    def __init__(self, state: State, now: datetime, settle: timedelta, costly: int | None = None) -> None:
        self.state = msgspec.structs.replace(state, gaps=expire(state.gaps, slot_of(now - RETENTION)))
        self.expired = tuple(expired(state.gaps, slot_of(now - RETENTION)))
        self.read_until = state.read_until
        self.now = now
        self.settle = settle
        self.costly = costly
        self.head = Head(self.state, now, settle)
        self.tails = [Tail(gap, settle) for gap in self.state.gaps]
        self.error: ScanError | None = None
        self._given_up: set[Strand] = set()
        self._dated = to_micros(now - OLDEST_ROW), to_micros(now + YOUNGEST_ROW)

    @property
    def strands(self) -> list[Strand]:
        """The head, and the strands of the gaps, newest first."""
        return [self.head, *self.tails]

    @property
    def pages(self) -> int:
        """How many pages were read."""
        return sum(strand.pages for strand in self.strands)

    @property
    def entries(self) -> int:
        """How many readable entries were read."""
        return sum(strand.entries for strand in self.strands)

    @property
    def unreadable(self) -> int:
        """How many rows were left out."""
        return sum(strand.unreadable for strand in self.strands)

    def read(self, history: History, may_read: Callable[[], bool]) -> "Scan":
        """Read pages for as long as there is something to read and `may_read` allows the next one.

        Raises nothing: what ended the scan is kept in `error`, what was read before it counts.
        """
        while (strand := self._turn()) is not None and may_read():
            try:
                strand.take(self._sane(history.page(strand.after)), self.costly)
                self._doubt_end(strand)
            except (UnknownPositionError, ListBrokenError) as error:
                self._lose_place(strand, error)
            except NOTHING_MORE_TO_HAVE as error:
                self.error = error
                break
            except ScanError as error:
                self._give_up(strand, error)
        self._hand_over()
        return self

    def _hand_over(self) -> None:
        """Give what the head found in a half-read slot to the strand that reads that slot."""
        if not (self.head.meets_half_read_slot and self.head.connected and self.head.cursor):
            return
        tail, slot = self.tails[0], slot_of(self.head.cursor.at)
        if tail.gap.after is not None:
            tail.slots[slot] = tail.slots[slot] + self.head.slots.get(slot, Totals())

    def _turn(self) -> Strand | None:
        """Take turns while a gap is open: the head gets at most every other page, and the first."""
        open_strands = [strand for strand in self.strands if not strand.done and strand not in self._given_up]
        tail = next((strand for strand in open_strands if strand is not self.head), None)
        if self.head not in open_strands or (tail and self.head.pages * 2 >= max(self.pages, 1)):
            return tail
        return self.head

    def _sane(self, page: Page) -> Page:
        """Leave out and count rows that are dated as no row of this history can be."""
        return sane(page, *self._dated)

    def _doubt_end(self, strand: Strand) -> None:
        """Take an empty first answer for a row that Poe has forgotten, once, before it counts as the end."""
        if not isinstance(strand, Tail) or strand.pages > 1 or strand.entries or not strand.ended:
            return
        if strand.gap.after is not None and not strand.gap.found_again:
            self._forget(strand)

    def _lose_place(self, strand: Strand, error: ScanError) -> None:
        if isinstance(strand, Tail) and strand.may_have_lost_its_place:
            self._forget(strand)
        else:
            self._give_up(strand, error)

    def _forget(self, tail: Tail) -> None:
        self.tails[self.tails.index(tail)] = Tail(tail.gap.lost_place(), self.settle)

    def _give_up(self, strand: Strand, error: ScanError) -> None:
        self.error = self.error or error
        self._given_up.add(strand)


def sane(page: Page, oldest: int, youngest: int) -> Page:
    """Leave out and count rows dated before `oldest` or after `youngest`, in microseconds since 1970."""
    times = sorted([entry.created for entry in page.entries])
    if not page.left_out and (not times or (oldest <= times[0] and times[-1] <= youngest)):
        return page
    good = [oldest <= entry.created <= youngest for entry in page.entries]
    before = list(accumulate(good, initial=0))
    left_out = [
        (before[place], at if at is not None and oldest <= at <= youngest else None)
        for place, at in page.left_out
    ]
    left_out += [(before[place], None) for place, one in enumerate(good) if not one]
    return msgspec.structs.replace(
        page, entries=tuple(compress(page.entries, good)), left_out=tuple(sorted(left_out, key=itemgetter(0)))
    )

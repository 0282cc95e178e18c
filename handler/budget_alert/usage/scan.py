"""One scan: the newest rows and the gaps read in turns, until all is read or the time is up."""

from collections.abc import Callable, Set as AbstractSet
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
from budget_alert.instants import day_end, day_of, slot_of, to_micros
from budget_alert.usage.entries import Page
from budget_alert.usage.missing import expire
from budget_alert.usage.part_scans import FUTURE, GapScan, HeadScan, PartScan
from budget_alert.usage.slots import Span
from budget_alert.usage.state import RETENTION, State
from budget_alert.usage.totals import Totals

NEVER_LOWERED = timedelta(days=29)
"""Slots older than this are about to leave Poe's list: rows missing there say nothing."""
Seen = dict[PartScan, datetime]
"""From which quarter hour on each part of a scan saw everything, if it did from any."""
OLDEST_ROW = timedelta(days=40)
YOUNGEST_ROW = timedelta(days=1)
PLACE_LOST = (UnknownPositionError, ListBrokenError)
NOTHING_MORE_TO_HAVE = (KeyRefusedError, RateLimitedError, PoeUnavailableError)


class History(Protocol):
    """Where pages come from."""

    def page(self, after: str | None) -> Page:
        """Give the page after a row, or the newest; raises ScanError."""


class Scan:
    """What one tick reads: a head scan, and a gap scan for each gap.

    Queries of `costly` points are kept by name. `entries` are distinct ones, `unreadable` rows are left out.
    """

    def __init__(self, state: State, now: datetime, settle: timedelta, costly: int | None = None) -> None:
        gaps, self.expired = expire(state.gaps, slot_of(now - RETENTION))
        self.state = msgspec.structs.replace(state, gaps=gaps)
        self.read_until = state.read_until
        self.now = now
        self.settle = settle
        self.costly = costly
        self.head = HeadScan(self.state, now, settle)
        self.gap_scans = [GapScan(gap, settle) for gap in self.state.gaps]
        self.pages = self.entries = self.unreadable = 0
        self.error: ScanError | None = None
        self._given_up: set[PartScan] = set()
        self._dated = to_micros(now - OLDEST_ROW), to_micros(now + YOUNGEST_ROW)

    @property
    def parts(self) -> list[PartScan]:
        """The head scan, and the gap scans, newest first."""
        return [self.head, *self.gap_scans]

    @property
    def stored_span(self) -> Span:
        """Tell which whole days of slots must be read before it can be counted; empty where none."""
        starts = [
            *self.seen_from().values(),
            *(self.now - NEVER_LOWERED for part in self.parts if part.ended),
        ]
        return (day_of(min(starts)), day_end(self.now + FUTURE)) if starts else (self.now, self.now)

    def seen_from(self, cut_short: AbstractSet[PartScan] = frozenset()) -> Seen:
        """Tell from when on each part saw everything; no end is believed of those that were cut short."""
        starts = {part: part.seen_from(to_the_end=part not in cut_short) for part in self.parts}
        return {part: start for part, start in starts.items() if start is not None}

    def read(self, history: History, may_read: Callable[[], bool]) -> "Scan":
        """Read pages for as long as there is something to read and `may_read` allows the next one.

        Raises nothing: what ended the scan is kept in `error`, what was read before it counts.
        """
        while (part := self._turn()) is not None and may_read():
            try:
                page = sane(history.page(part.after), *self._dated)
                self.entries += part.take(page, self.costly)
                self.pages += 1
                self.unreadable += page.unreadable
            except NOTHING_MORE_TO_HAVE as error:
                self.error = error
                break
            except ScanError as error:
                place_lost = part.may_have_lost_its_place and isinstance(error, PLACE_LOST)
                if place_lost and isinstance(part, GapScan):
                    found_again = GapScan(part.gap.lost_place(), self.settle)
                    self.gap_scans[self.gap_scans.index(part)] = found_again
                else:
                    self.error = self.error or error
                    self._given_up.add(part)
        self._hand_over()
        return self

    def _turn(self) -> PartScan | None:
        """Take turns while a gap is open: the head scan gets at most every other page, and the first."""
        unfinished = [part for part in self.parts if not part.done and part not in self._given_up]
        gap_scan = next((part for part in unfinished if part is not self.head), None)
        if self.head not in unfinished or (gap_scan and self.head.pages * 2 >= max(self.pages, 1)):
            return gap_scan
        return self.head

    def _hand_over(self) -> None:
        """Give what the head scan found in a half-read slot to the scan of the gap that holds it."""
        slot = self.head.half_read
        # A gap whose place is to be found again is read anew, this slot with it.
        if slot and self.head.reached and (part := self.gap_scans[0]).gap.after is not None:
            part.slots[slot] += self.head.slots.get(slot, Totals())


def sane(page: Page, oldest: int, youngest: int) -> Page:
    """Leave out and count rows dated before `oldest` or after `youngest`, in microseconds since 1970."""
    good = [oldest <= entry.created <= youngest for entry in page.entries]
    if all(good) and not page.left_out:
        return page
    before = list(accumulate(good, initial=0))
    left_out = [
        (before[place], at if at is not None and oldest <= at <= youngest else None)
        for place, at in page.left_out
    ]
    left_out += [(before[place], None) for place, one in enumerate(good) if not one]
    return msgspec.structs.replace(
        page, entries=tuple(compress(page.entries, good)), left_out=tuple(sorted(left_out, key=itemgetter(0)))
    )

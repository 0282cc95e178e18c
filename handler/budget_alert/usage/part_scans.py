"""Pages of the history, newest rows first, folded into slots: the parts that a tick's scan is made of."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter, neg

import msgspec

from budget_alert.errors import ListBrokenError, UnknownPositionError
from budget_alert.instants import MICROSECOND, SLOT, from_micros, slot_end, slot_of, to_micros
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.missing import Gap
from budget_alert.usage.slots import Span, merged
from budget_alert.usage.state import RETENTION, Cursor, State
from budget_alert.usage.totals import Totals

AUDITED = timedelta(hours=48)
BETWEEN_AUDITS = timedelta(hours=24)
"""A cost that lands up to 24 hours late is read by the audit that follows it."""
FUTURE = timedelta(days=2)
"""No row is dated further ahead than this."""
_SLOT = SLOT // MICROSECOND
_CREATED = attrgetter("created")


class PartScan:
    """One run of pages, from newer rows to older ones, down to a floor.

    `top` is the end of what it can see whole. Rows created below `floor` or above `ceiling`
    (microseconds since 1970) are not counted. Memory grows with the slots that were met, not with the rows.
    """

    def __init__(
        self,
        *,
        floor: int,
        top: datetime,
        settle: timedelta,
        after: str | None = None,
        ceiling: int | None = None,
    ) -> None:
        self.floor = floor
        self.top = top
        self.after = after
        self.ceiling = to_micros(top) - 1 if ceiling is None else ceiling
        self.lowest: int | None = None if after is None else self.ceiling
        self.read_down_to = self.lowest
        self.newest: Entry | None = None
        self.slots: dict[datetime, Totals] = {}
        self.pages = 0
        self.ended = False
        self._settle = settle // MICROSECOND
        # Poe may answer with an empty page where it has forgotten the row to go on after.
        self._doubts_an_end = True
        self._spoiled: list[Span] = []
        self._unplaced = False
        self._recent: deque[set[str]] = deque([{after} if after else set()], maxlen=2)

    @property
    def reached(self) -> bool:
        """Whether a row below the floor was seen, so that everything above it was seen whole."""
        return self.lowest is not None and self.lowest < self.floor

    @property
    def done(self) -> bool:
        """Whether there is nothing more to read."""
        return self.reached or self.ended

    @property
    def may_have_lost_its_place(self) -> bool:
        """Whether an odd first answer can mean that Poe no longer knows the row to go on after."""
        return self.pages == 0 and self.after is not None

    @property
    def bottom(self) -> datetime | None:
        """Everything from this quarter hour on was seen whole; None before the first row."""
        return None if self.lowest is None else slot_end(from_micros(max(self.lowest, self.floor - 1)))

    def seen_from(self, *, to_the_end: bool) -> datetime | None:
        """Tell from which quarter hour on everything was seen; None where nothing was seen whole.

        `to_the_end` says whether an end of the list is believed.
        """
        if self.ended and to_the_end:
            return slot_end(from_micros(self.floor - 1))
        return self.bottom if self.pages else None

    def _left(self, start: datetime, bottom: datetime) -> Gap:
        """Give what is left to read down to `start` when reading stops at `bottom`."""
        end = min(bottom, self.top)
        inside = self.lowest is not None and self.lowest < to_micros(end)
        return Gap(
            start=start,
            end=end,
            after=self.after,
            seen_down_to=self.read_down_to if inside else None,
            partial=self.slots.get(end - SLOT, Totals()).bounded(),
            spoiled=self._unplaced,
        )

    def take(self, page: Page, costly: int | None = None) -> int:
        """Fold one more page in, and say how many of its entries are new; those of `costly` points are named.

        Raises ListBrokenError, with nothing of the page counted, when it repeats rows of the last two
        pages only, jumps forward in time by more than settle, or gives no row to go on after; and
        UnknownPositionError where the row asked to go on after seems to be forgotten.
        """
        ids = {entry.query_id for entry in page.entries}
        rows = self._not_seen_before(page, ids)
        if self._doubts_an_end and self.may_have_lost_its_place and page.is_last and not rows:
            raise UnknownPositionError("Poe no longer knows a row to go on after")
        times = [entry.created for entry in rows]
        lowest = self._descend(times)
        self._spoil(page)
        self._fold(rows, times, costly)
        if lowest is not None and rows:
            # A page in the wrong order ends above its lowest row, which comes again after the last one.
            self.read_down_to = lowest if times[-1] == lowest else lowest - 1
        self.lowest = lowest
        self.pages += 1
        self.ended = page.is_last
        self.after = page.last_id or self.after
        self._recent.append(ids)
        return len(rows)

    @property
    def spoiled(self) -> list[Span]:
        """The quarter hours in which rows lie, or may lie, that could not be read."""
        if not self._unplaced or self.lowest is None:
            return self._spoiled
        return [*self._spoiled, _slots(self.lowest, self.lowest)]

    def _spoil(self, page: Page) -> None:
        """Note where rows lie that could not be read: between their neighbours, where they do not say it."""
        left_out = (*[(0, None)] * self._unplaced, *page.left_out)
        if not left_out:
            return
        # What stands last on a page has its other neighbour on the next one, if there is one.
        ends = [self.ceiling if self.lowest is None else self.lowest]
        ends += [entry.created for entry in page.entries]
        ends += [self.floor] * page.is_last
        between = [(at, at) if at is not None else tuple(ends[place : place + 2]) for place, at in left_out]
        self._unplaced = any(len(each) == 1 for each in between)
        spans = ((max(min(each), self.floor), min(max(each), self.ceiling)) for each in between if each[1:])
        self._spoiled = merged([*self._spoiled, *(_slots(*span) for span in spans if span[0] <= span[1])])

    def _not_seen_before(self, page: Page, ids: set[str]) -> Sequence[Entry]:
        rows: Sequence[Entry] = page.entries
        if len(ids) < len(rows) or not all(map(ids.isdisjoint, self._recent)):
            seen = set[str]().union(*self._recent)
            rows = list({entry.query_id: entry for entry in rows if entry.query_id not in seen}.values())
        stands_still = page.last_id is None or page.last_id == self.after or (page.entries and not rows)
        if stands_still and not page.is_last:
            raise _broken("a page gives no new row to go on after")
        return rows

    def _descend(self, times: Sequence[int]) -> int | None:
        lowest = self.lowest
        for created in times:
            if lowest is None or created <= lowest:
                lowest = created
            elif created > lowest + self._settle:
                raise _broken("a page jumps forward in time")
        return lowest

    def _fold(self, rows: Sequence[Entry], times: Sequence[int], costly: int | None) -> None:
        newest_first = sorted(times, reverse=True)
        if times != newest_first:
            rows, times = sorted(rows, key=_CREATED, reverse=True), newest_first
        if rows and (self.newest is None or rows[0].created > self.newest.created):
            self.newest = rows[0]
        first = bisect_left(times, -self.ceiling, key=neg)
        last = bisect_right(times, -self.floor, key=neg)
        while first < last:
            start = times[first] // _SLOT * _SLOT
            end = bisect_right(times, -start, first, last, key=neg)
            slot, totals = from_micros(start), Totals.of(rows[first:end], costly)
            known = self.slots.get(slot)
            self.slots[slot] = totals if known is None else Totals.total((known, totals), costly)
            first = end


class GapScan(PartScan):
    """A scan that closes a gap."""

    def __init__(self, gap: Gap, settle: timedelta) -> None:
        super().__init__(
            floor=to_micros(gap.start), top=gap.end, settle=settle, after=gap.after, ceiling=gap.ceiling
        )
        self.gap = gap
        self._doubts_an_end = not gap.found_again
        self._unplaced = gap.spoiled
        if gap.after is not None:
            self.slots[gap.top_slot] = gap.partial

    def rest(self) -> Gap:
        """Give what is left of the gap when reading stops here."""
        if self.pages == 0 or self.bottom is None:
            return msgspec.structs.replace(self.gap, partial=self.slots.get(self.gap.top_slot, Totals()))
        left = self._left(self.gap.start, self.bottom)
        return msgspec.structs.replace(left, found_again=self.gap.found_again)


class HeadScan(PartScan):
    """A scan that begins at the newest row.

    With no gap open it reads down to the horizon. While one is, it reads only what is new, so that the
    gap gets its share; what may have changed below is read again once no gap is open (`settled_until`).
    Once a day it is an audit, and reads down to 48 hours ago.
    """

    def __init__(self, state: State, now: datetime, settle: timedelta) -> None:
        self.cursor = state.cursor
        audited = state.audited_at
        self.audits = not state.gaps and (audited is None or now - audited >= BETWEEN_AUDITS)
        settled = state.settled_until or now - RETENTION
        within_reach = slot_of(min(settled, self.cursor.at - settle) if self.cursor else settled)
        # What only the audit sees again; the first scan of all is none.
        self.corrects_before = within_reach if self.audits and audited else None
        # A day before the audit before this one, however late this one comes.
        audited_from = slot_of(min(now, (audited or now) + BETWEEN_AUDITS) - AUDITED)
        horizon = min(within_reach, audited_from) if self.audits else within_reach
        self._in_hurry = bool(state.gaps)
        self._touched_cursor_slot = False
        self._owed = horizon
        # The cursor's slot is enough where all before it is settled.
        if self.cursor and not self.audits and (state.gaps or settled > self.cursor.at):
            self._owed = slot_of(self.cursor.at)
        floor = to_micros(self._owed if self._in_hurry else horizon)
        self.half_read: datetime | None = None
        if self.cursor and state.gaps and state.gaps[0].is_half_read(self.cursor.at):
            floor, self.half_read = self.cursor.created + 1, slot_of(self.cursor.at)
        super().__init__(floor=floor, top=now + FUTURE, settle=settle)

    @property
    def done(self) -> bool:
        """Whether there is nothing more to read."""
        return super().done or (self._in_hurry and self._owes_nothing)

    @property
    def _owes_nothing(self) -> bool:
        """Whether stopping here would leave nothing unread that must be read."""
        if self.cursor is None or self.lowest is None or self._owed < slot_of(self.cursor.at):
            return self.reached
        return self.reached or (self.lowest <= self.cursor.created and not self._touched_cursor_slot)

    def _fold(self, rows: Sequence[Entry], times: Sequence[int], costly: int | None) -> None:
        super()._fold(rows, times, costly)
        if self.cursor is not None:
            end = to_micros(slot_end(self.cursor.at))
            self._touched_cursor_slot |= any(self.cursor.created < created < end for created in times)

    def rest(self) -> Gap | None:
        """Give what is left to read when reading stops here; None where that is nothing."""
        if self.bottom is None or self._owes_nothing or self._owed >= self.bottom:
            return None
        return self._left(self._owed, self.bottom)

    def moved(self) -> Cursor | None:
        """Give the cursor after this scan: it never moves back."""
        if self.newest is None or (self.cursor and self.newest.created <= self.cursor.created):
            return self.cursor
        return Cursor(self.newest.created, self.newest.query_id)


def _slots(lowest: int, highest: int) -> Span:
    """Give the quarter hours of both times and all between, as a span."""
    return slot_of(from_micros(lowest)), slot_end(from_micros(highest))


def _broken(what: str) -> ListBrokenError:
    return ListBrokenError(
        f"Poe's usage history is out of order: {what}. What was read before is counted, and the next tick "
        "goes on from there; if this lasts, Poe's list is at fault: tell Poe's support"
    )

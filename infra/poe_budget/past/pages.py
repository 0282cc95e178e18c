"""Pages of Poe's history: which are still unread, reading them in order, and the history that they show."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.errors import ListBrokenError, UnknownPositionError
from budget_alert.instants import DAY, MICROSECOND, SLOT, from_micros, slot_end, to_micros
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.missing import Holes, Why, with_spans, without_span
from budget_alert.usage.part_scans import PartScan
from budget_alert.usage.scan import OLDEST_ROW, YOUNGEST_ROW, sane
from budget_alert.usage.scan import History as Source
from budget_alert.usage.slots import Span
from budget_alert.usage.state import RETENTION
from poe_budget.errors import OpsError
from poe_budget.past.history import History, minute, slots_of, within

LANDED = timedelta(hours=24)
"""What was read so long after its creation is not read again: late rows and costs have landed by then."""
SETTLE = timedelta(minutes=60)
"""How far out of order rows may come, as for the function by default."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says of the history: all rows created in [bottom, top) were seen, on it or on its fellows.

    Times are microseconds since 1970. `read_at` is when the page was asked for. `last_id` is the row to go
    on after, to read what was created before `bottom`; None where nothing comes after.
    """

    read_at: int
    top: int
    bottom: int
    last_id: str | None
    unreadable: int = 0

    @property
    def landed(self) -> "Mark":
        """What of it will not change any more."""
        top = min(self.top, self.read_at - LANDED // MICROSECOND)
        return msgspec.structs.replace(self, top=max(top, self.bottom))


class ReadPage(Mark, frozen=True, kw_only=True):
    """A page with its rows, newest first."""

    entries: tuple[Entry, ...]


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the history to read: from the row `after`, or from the newest, down to `floor`.

    `floor` is in microseconds since 1970, and so is `top`, before which the rows after `after` were created;
    it is None where `after` is.
    """

    floor: int
    after: str | None = None
    top: int | None = None


class _LostPlaceError(Exception):
    """Raised when Poe no longer knows the row that a stretch goes on after."""


def joined(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Join what touches or overlaps; newest first."""
    whole: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.top, mark.bottom), reverse=True):
        if mark.top <= mark.bottom:
            continue
        if whole and mark.top >= whole[-1].bottom:
            whole[-1] = _extended(whole[-1], mark)
        else:
            whole.append(mark)
    return tuple(whole)


def unread(marks: Iterable[Mark], now: datetime) -> tuple[Stretch, ...]:
    """Tell what must be read to have all of the last 30 days as it is now, newest first.

    What is known is read again unless it has landed.
    """
    oldest = to_micros(now - RETENTION)
    known = [mark for mark in joined(mark.landed for mark in marks) if mark.top > oldest]
    floors = [*(mark.top for mark in known), oldest]
    stretches = [Stretch(floor=floors[0])]
    for mark, floor in zip(known, floors[1:], strict=True):
        if mark.last_id is not None and mark.bottom > oldest:
            stretches.append(Stretch(floor=floor, after=mark.last_id, top=mark.bottom))
    return tuple(stretches)


def _extended(newer: Mark, older: Mark) -> Mark:
    if older.bottom >= newer.bottom:
        return newer
    return msgspec.structs.replace(newer, bottom=older.bottom, last_id=older.last_id)


def read(source: Source, stretches: Iterable[Stretch], clock: Callable[[], datetime]) -> Iterator[ReadPage]:
    """Read stretches of the history, and give each page once it has proved to be in order.

    A stretch whose first row Poe no longer knows is found again from the newest one. Raises the ScanError
    that the reading failed on; the pages given before hold.
    """
    for stretch in stretches:
        try:
            yield from _pages(source, stretch, clock)
        except _LostPlaceError:
            yield from _pages(source, Stretch(floor=stretch.floor), clock)


def of_another(known: Iterable[Entry], first: ReadPage, source: Source) -> bool:
    """Tell whether known rows are those of another account than the newest page `first` is from.

    Nothing but its rows names an account: one row that is on that page, or behind another known one, says
    that it is the same. Where there is no sign of either, such as after a month, it is not said. Raises
    ScanError.
    """
    oldest = first.read_at - (RETENTION - DAY) // MICROSECOND
    rows = {entry.query_id: entry.created for entry in known if entry.created >= oldest}
    if any(entry.query_id in rows for entry in first.entries):
        return False
    missed = any(created >= first.bottom for created in rows.values())
    newest = sorted(rows, key=lambda query_id: -rows[query_id])
    # The list may lack a row for reasons of its own, but hardly all of these.
    for query_id in dict.fromkeys(newest[:1] + newest[len(newest) // 2 :][:1] + newest[-2:-1]):
        try:
            page = source.page(query_id)
        except UnknownPositionError:
            missed = True
            continue
        if any(entry.query_id in rows for entry in page.entries if entry.query_id != query_id):
            return False
        missed = missed or _misses(page, rows, rows[query_id])
    return missed


def _misses(page: Page, rows: Mapping[str, int], after: int) -> bool:
    """Tell whether a page that has none of the rows would have to, or does not lie behind that time."""
    oldest = 0 if page.is_last else min((entry.created for entry in page.entries), default=0)
    begins_anew = any(entry.created > after + SETTLE // MICROSECOND for entry in page.entries)
    return begins_anew or any(oldest <= created < after for created in rows.values())


def _pages(source: Source, stretch: Stretch, clock: Callable[[], datetime]) -> Iterator[ReadPage]:
    strand = _strand(stretch, clock())
    while not strand.done:
        yield _page(strand, source, clock())


def _strand(stretch: Stretch, now: datetime) -> PartScan:
    if stretch.top is None:
        return PartScan(floor=stretch.floor, top=now, settle=SETTLE)
    return PartScan(
        floor=stretch.floor,
        top=from_micros(stretch.top),
        settle=SETTLE,
        after=stretch.after,
        ceiling=stretch.top - 1,
    )


def _page(strand: PartScan, source: Source, now: datetime) -> ReadPage:
    begins, lowest = strand.pages == 0 and strand.after is not None, strand.lowest
    try:
        page = _sane(source.page(strand.after), now)
        if begins and page.is_last and not page.entries:
            # An empty page may be the end of the list, or what Poe answers for a row it has forgotten.
            raise _LostPlaceError
        strand.take(page)
    except (UnknownPositionError, ListBrokenError) as error:
        raise (_LostPlaceError if begins else error) from error
    return _read(page, strand, lowest, now)


def _sane(page: Page, now: datetime) -> Page:
    """Leave out and count rows that are dated as no row of this history can be, as the function does."""
    return sane(page, to_micros(now - OLDEST_ROW), to_micros(now + YOUNGEST_ROW))


def _read(page: Page, strand: PartScan, before: int | None, now: datetime) -> ReadPage:
    """Say what of the history a page has shown; `before` is the creation of the lowest row above it."""
    read_at, created = to_micros(now), [entry.created for entry in page.entries]
    # A clock that is behind Poe's must not leave out the newest rows.
    top = max([read_at, *(at + 1 for at in created)]) if before is None else before + 1
    bottom = top if strand.lowest is None else min(strand.lowest + 1, top)
    return ReadPage(
        read_at=read_at,
        top=top,
        bottom=min(bottom, to_micros(now - RETENTION)) if page.is_last else bottom,
        last_id=None if page.is_last else strand.after,
        unreadable=page.unreadable,
        entries=page.entries,
    )


def history_of(pages: Iterable[ReadPage], source: str, again: str) -> History:
    """Give the newest part of the history that nothing is missing of; `again` says how to have the rest.

    Of a row that was read more than once, the last reading counts: costs land late. Raises OpsError where
    they show no whole quarter hour.
    """
    marks: list[Mark] = []
    rows: dict[str, Entry] = {}
    for page in pages:
        marks.append(page)
        rows |= {entry.query_id: entry for entry in page.entries}
    parts = joined(marks)
    span = _span(parts[0]) if parts else None
    if span is None or span[0] >= span[1]:
        raise OpsError(f"{source} shows less than a quarter hour yet; {again}")
    entries = within(rows.values(), span)
    return History(
        source=source,
        start=span[0],
        end=span[1],
        slots=slots_of(entries),
        entries=entries,
        unreadable=sum(mark.unreadable for mark in marks),
        holes=_holes(marks, span),
        notes=tuple(_notes(parts, again)),
    )


def _span(part: Mark) -> Span:
    """Begin with the first whole quarter hour."""
    return slot_end(from_micros(part.bottom - 1)), from_micros(part.top)


def _holes(marks: Iterable[Mark], span: Span) -> Holes:
    """Tell where rows are left out, but for what a later page has shown without that."""
    holes = Holes()
    for mark in marks:
        shown = from_micros(mark.bottom), from_micros(mark.top)
        holes = without_span(holes, Why.ROWS, shown)
        if mark.unreadable:
            holes = with_spans(holes, Why.ROWS, [shown], span[0])
    return holes


def _notes(parts: tuple[Mark, ...], again: str) -> Iterator[str]:
    start, end = _span(parts[0])
    if parts[0].last_id is not None and end - start < RETENTION - SLOT:
        yield f"nothing before {minute(start)} counts, for not all of it was read; {again}"
    elif len(parts) > 1:
        lost = "rows between are missing, and Poe lists them no longer"
        yield f"nothing before {minute(start)} counts, though some of it was read: {lost}"

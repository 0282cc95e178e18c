"""Pages of Poe's history: which are still unread, reading them in order, and the history that they show."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.errors import ListBrokenError, UnknownPositionError
from budget_alert.instants import DAY, MICROSECOND, SLOT, from_micros, slot_end, to_micros
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.missing import Holes, Why, with_spans, without_span
from budget_alert.usage.part_scans import PartScan
from budget_alert.usage.scan import OLDEST_ROW, YOUNGEST_ROW, History as Source, sane
from budget_alert.usage.slots import Span
from budget_alert.usage.state import RETENTION
from poe_budget.errors import OpsError
from poe_budget.past.history import History, minute, slots_of, within

LANDED = timedelta(hours=24)
"""What was read so long after its creation is not read again: late rows and costs have landed by then."""
SETTLE = timedelta(minutes=60)
"""How far out of order rows may come, as for the function by default."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
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
    def landed(self) -> "Seen":
        """What of it will not change any more."""
        top = min(self.top, self.read_at - LANDED // MICROSECOND)
        return msgspec.structs.replace(self, top=max(top, self.bottom))


class ReadPage(Seen, frozen=True, kw_only=True):
    """A page with its rows, newest first."""

    entries: tuple[Entry, ...]


def joined(spans: Iterable[Seen]) -> tuple[Seen, ...]:
    """Join what touches or overlaps; newest first."""
    whole: list[Seen] = []
    for one in sorted(spans, key=lambda one: (one.top, one.bottom), reverse=True):
        if one.top <= one.bottom:
            continue
        if not whole or one.top < whole[-1].bottom:
            whole.append(one)
        elif one.bottom < whole[-1].bottom:
            whole[-1] = msgspec.structs.replace(whole[-1], bottom=one.bottom, last_id=one.last_id)
    return tuple(whole)


def unread(spans: Iterable[Seen], now: datetime) -> tuple[PartScan, ...]:
    """Tell what must be read to have all of the last 30 days as it is now, newest first.

    What is known is read again unless it has landed.
    """
    oldest = to_micros(now - RETENTION)
    known = [one for one in joined(one.landed for one in spans) if one.top > oldest]
    floors = [*(one.top for one in known), oldest]
    scans = [PartScan(floor=floors[0], top=now, settle=SETTLE)]
    for one, floor in zip(known, floors[1:], strict=True):
        if one.last_id is not None and one.bottom > oldest:
            top = from_micros(one.bottom)
            scans.append(PartScan(floor=floor, top=top, settle=SETTLE, after=one.last_id))
    return tuple(scans)


def read(source: Source, scans: Iterable[PartScan], clock: Callable[[], datetime]) -> Iterator[ReadPage]:
    """Read parts of the history, and give each page once it has proved to be in order.

    A part whose first row Poe no longer knows is found again from the newest one. Raises the ScanError that
    the reading failed on; the pages given before hold.
    """
    for part in scans:
        scan = part
        while not scan.done:
            now, lowest, begins = clock(), scan.lowest, scan.may_have_lost_its_place
            try:
                # Rows that are dated as none of this history can be are left out, as by the function.
                page = sane(
                    source.page(scan.after), to_micros(now - OLDEST_ROW), to_micros(now + YOUNGEST_ROW)
                )
                scan.take(page)
            except (UnknownPositionError, ListBrokenError):
                if not begins:
                    raise
                scan = PartScan(floor=part.floor, top=now, settle=SETTLE)
            else:
                yield _read(page, scan, lowest, now)


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


def _read(page: Page, scan: PartScan, before: int | None, now: datetime) -> ReadPage:
    """Say what of the history a page has shown; `before` is the creation of the lowest row above it."""
    read_at, created = to_micros(now), [entry.created for entry in page.entries]
    # A clock that is behind Poe's must not leave out the newest rows.
    top = max([read_at, *(at + 1 for at in created)]) if before is None else before + 1
    bottom = top if scan.lowest is None else min(scan.lowest + 1, top)
    return ReadPage(
        read_at=read_at,
        top=top,
        bottom=min(bottom, to_micros(now - RETENTION)) if page.is_last else bottom,
        last_id=None if page.is_last else scan.after,
        unreadable=page.unreadable,
        entries=page.entries,
    )


def history_of(pages: Iterable[ReadPage], source: str, again: str) -> History:
    """Give the newest part of the history that nothing is missing of; `again` says how to have the rest.

    Of a row that was read more than once, the last reading counts: costs land late. Raises OpsError where
    they show no whole quarter hour.
    """
    spans: list[Seen] = []
    rows: dict[str, Entry] = {}
    for page in pages:
        spans.append(page)
        rows |= {entry.query_id: entry for entry in page.entries}
    parts = joined(spans)
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
        unreadable=sum(one.unreadable for one in spans),
        holes=_holes(spans, span),
        notes=tuple(_notes(parts, again)),
    )


def _span(part: Seen) -> Span:
    """Begin with the first whole quarter hour."""
    return slot_end(from_micros(part.bottom - 1)), from_micros(part.top)


def _holes(spans: Iterable[Seen], span: Span) -> Holes:
    """Tell where rows are left out, but for what a later page has shown without that."""
    holes = Holes()
    for one in spans:
        shown = from_micros(one.bottom), from_micros(one.top)
        holes = without_span(holes, Why.ROWS, shown)
        if one.unreadable:
            holes = with_spans(holes, Why.ROWS, [shown], span[0])
    return holes


def _notes(parts: tuple[Seen, ...], again: str) -> Iterator[str]:
    start, end = _span(parts[0])
    if parts[0].last_id is not None and end - start < RETENTION - SLOT:
        yield f"nothing before {minute(start)} counts, for not all of it was read; {again}"
    elif len(parts) > 1:
        lost = "rows between are missing, and Poe lists them no longer"
        yield f"nothing before {minute(start)} counts, though some of it was read: {lost}"

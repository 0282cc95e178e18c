"""Reading the history page by page, with the function's own checks of their order."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from budget_alert.errors import ListBrokenError, UnknownPositionError
from budget_alert.instants import DAY, MICROSECOND, from_micros, to_micros
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.part_scans import PartScan
from budget_alert.usage.scan import OLDEST_ROW, YOUNGEST_ROW, sane
from budget_alert.usage.scan import History as Source
from budget_alert.usage.state import RETENTION
from poe_budget.past.pages import ReadPage, Stretch

SETTLE = timedelta(minutes=60)
"""How far out of order rows may come, as for the function by default."""


class _LostPlaceError(Exception):
    """Raised when Poe no longer knows the row that a stretch goes on after."""


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
    that it is the same. Where nothing speaks for either, such as after a month, it is not said. Raises
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

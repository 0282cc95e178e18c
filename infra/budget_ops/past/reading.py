"""Reading the history page by page, with the function's own checks of their order."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from budget_alert.accounting.entries import Page
from budget_alert.accounting.state import RETENTION
from budget_alert.accounting.strands import Strand
from budget_alert.accounting.walk import OLDEST_ROW, YOUNGEST_ROW, sane
from budget_alert.accounting.walk import History as Source
from budget_alert.errors import ListBrokenError, UnknownPositionError
from budget_alert.instants import from_micros, to_micros
from budget_ops.past.pages import ReadPage, Stretch

SETTLE = timedelta(minutes=60)
"""How far out of order rows may come, as for the function by default."""


class _LostPlaceError(Exception):
    """Raised when Poe no longer knows the row that a stretch goes on after."""


def read(source: Source, stretches: Iterable[Stretch], clock: Callable[[], datetime]) -> Iterator[ReadPage]:
    """Read stretches of the history, and give each page once it has proved to be in order.

    A stretch whose first row Poe no longer knows is found again from the newest one. Raises the WalkError
    that the reading failed on; the pages given before hold.
    """
    for stretch in stretches:
        try:
            yield from _pages(source, stretch, clock)
        except _LostPlaceError:
            yield from _pages(source, Stretch(floor=stretch.floor), clock)


def _pages(source: Source, stretch: Stretch, clock: Callable[[], datetime]) -> Iterator[ReadPage]:
    strand = _strand(stretch, clock())
    while not strand.done:
        yield _page(strand, source, clock())


def _strand(stretch: Stretch, now: datetime) -> Strand:
    if stretch.top is None:
        return Strand(floor=stretch.floor, top=now, settle=SETTLE)
    return Strand(
        floor=stretch.floor,
        top=from_micros(stretch.top),
        settle=SETTLE,
        after=stretch.after,
        ceiling=stretch.top - 1,
    )


def _page(strand: Strand, source: Source, now: datetime) -> ReadPage:
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


def _read(page: Page, strand: Strand, before: int | None, now: datetime) -> ReadPage:
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

"""Pages as they were read -> the history that they show."""

from collections.abc import Iterable, Iterator

from budget_alert.instants import SLOT, from_micros, slot_end
from budget_alert.usage.entries import Entry
from budget_alert.usage.missing import Holes, Why, with_spans, without_span
from budget_alert.usage.slots import Span
from budget_alert.usage.state import RETENTION
from poe_budget.errors import OpsError
from poe_budget.past.dates import minute
from poe_budget.past.history import History, slots_of, within
from poe_budget.past.pages import Mark, ReadPage, joined


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

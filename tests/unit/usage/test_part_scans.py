"""One run of pages: what is counted of them, in whatever order and however often rows come."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, strategies as st

from budget_alert.errors import ListBrokenError
from budget_alert.instants import to_micros
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.part_scans import PartScan
from budget_alert.usage.totals import Totals
from tests.support.histories import SETTLE, START, all_totals, entry

MINUTE = timedelta(minutes=1)
ROWS = st.lists(st.tuples(st.integers(0, 59), st.integers(-5, 50)), min_size=1, max_size=30).map(
    lambda rows: [
        entry(START + after * MINUTE, points, f"q{number}") for number, (after, points) in enumerate(rows)
    ]
)


def part_scan(floor: int = 0, ceiling: int | None = None) -> PartScan:
    """Begin at the newest row."""
    return PartScan(floor=floor, top=START + SETTLE, settle=SETTLE, ceiling=ceiling)


def taken(into: PartScan, rows: list[Entry], size: int, costly: int | None = None) -> PartScan:
    """Take rows page by page; all lists but one are still to be gone on with."""
    for first in range(0, len(rows), size):
        page = rows[first : first + size]
        into.take(Page(tuple(page), (), page[-1].query_id, first + size < len(rows)), costly)
    return into


def newest_first(rows: list[Entry]) -> list[Entry]:
    """Order rows as Poe does."""
    return sorted(rows, key=lambda row: row.created, reverse=True)


@given(ROWS, st.integers(1, 30), st.none() | st.integers(1, 50))
def test_pages_in_order_are_counted_as_one_list_would_be(
    rows: list[Entry], size: int, costly: int | None
) -> None:
    """However pages cut a quarter hour."""
    seen = taken(part_scan(), newest_first(rows), size, costly)
    plain = {slot: Totals.of([*rows_of], costly) for slot, rows_of in by_slot(rows).items()}
    assert {slot: totals.naming(costly) for slot, totals in seen.slots.items()} == plain


def by_slot(rows: list[Entry]) -> dict[object, list[Entry]]:
    """Group rows by their quarter hour."""
    return {slot: [row for row in rows if slot in all_totals([row])] for slot in all_totals(rows)}


@given(ROWS, st.integers(1, 30), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[Entry], size: int, random: Random) -> None:
    """As long as none is ahead of the others by more than settle."""
    jumbled = rows.copy()
    random.shuffle(jumbled)
    ordered, seen = taken(part_scan(), newest_first(rows), size), taken(part_scan(), jumbled, size)
    assert seen.slots == ordered.slots == all_totals(rows)
    assert seen.lowest == ordered.lowest == min(row.created for row in rows)
    assert seen.newest
    assert seen.newest.created == max(row.created for row in rows)


@given(ROWS, st.integers(1, 6), st.data())
def test_a_row_that_comes_again_on_the_same_or_one_of_the_next_two_pages_is_counted_once(
    rows: list[Entry], size: int, data: st.DataObject
) -> None:
    """Rows that are added to the list meanwhile push others to the next page."""
    pages = [rows[first : first + size] for first in range(0, len(rows), size)]
    seen = part_scan()
    for number, page in enumerate(pages):
        before = [row for rows in pages[max(number - 2, 0) : number + 1] for row in rows]
        again = data.draw(st.lists(st.sampled_from(before), max_size=4))
        last = number == len(pages) - 1
        seen.take(Page((*again, *page), (), page[-1].query_id, not last))
    assert seen.slots == all_totals(rows)


@given(ROWS, st.integers(1, 30), st.integers(0, 59), st.integers(0, 59), st.booleans())
def test_only_rows_between_floor_and_ceiling_are_counted(
    rows: list[Entry],
    size: int,
    floor: int,
    ceiling: int,
    in_order: bool,  # noqa: FBT001 - drawn
) -> None:
    """Both are counted themselves; rows beyond them are read, not counted."""
    low, high = to_micros(START + floor * MINUTE), to_micros(START + ceiling * MINUTE)
    seen = taken(part_scan(low, high), newest_first(rows) if in_order else rows, size)
    assert seen.slots == all_totals([row for row in rows if low <= row.created <= high])
    assert seen.reached == any(row.created < low for row in rows)


@pytest.mark.parametrize("among", [1, 3])
def test_a_jump_forward_counts_nothing_of_its_page(among: int) -> None:
    """A row that is younger than the oldest before it by more than settle stands in no list of Poe's."""
    rows = [entry(START - n * MINUTE, 1, f"q{n}") for n in range(among)]
    seen = taken(part_scan(), rows, 2)
    counted, lowest, pages = dict(seen.slots), seen.lowest, seen.pages
    page = (entry(START - 5 * MINUTE, 1, "older"), entry(START + 2 * SETTLE, 1, "jumps"))
    with pytest.raises(ListBrokenError, match="jumps forward"):
        seen.take(Page(page, (), "jumps", has_more=True))
    assert (seen.slots, seen.lowest, seen.pages) == (counted, lowest, pages)


@pytest.mark.parametrize("back", [1, 2])
def test_a_page_that_only_repeats_one_of_the_last_two_ends_the_scan(back: int) -> None:
    """Who went on after it would read in a circle; nothing of it is counted."""
    rows = [entry(START - after * MINUTE, 5, f"q{after}") for after in range(6)]
    seen = taken(part_scan(), rows, 2)
    with pytest.raises(ListBrokenError, match="no new row to go on after"):
        taken(seen, [*rows[6 - 2 * back :][:2], rows[0]], 2)
    assert (seen.pages, sum(one.queries for one in seen.slots.values())) == (3, 6)


@pytest.mark.parametrize("last_id", [None, "q5"])
def test_an_unreadable_page_that_leads_nowhere_ends_the_scan(last_id: str | None) -> None:
    """Its rows name nothing to go on after, or what was asked to come before them."""
    seen = taken(part_scan(), [entry(START - after * MINUTE, 5, f"q{after}") for after in range(6)], 2)
    with pytest.raises(ListBrokenError, match="no new row to go on after"):
        seen.take(Page((), ((0, None),), last_id, has_more=True))
    assert (seen.after, seen.pages) == ("q5", 3)

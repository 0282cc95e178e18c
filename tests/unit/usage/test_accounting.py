from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.errors import UnknownPositionError
from budget_alert.instants import SLOT
from budget_alert.usage.entries import Page
from budget_alert.usage.totals import Totals
from tests.support.histories import SETTLE, START, DictLedger, ListedHistory, all_totals, entry

MINUTE = timedelta(minutes=1)


def used(ledger: DictLedger) -> dict[datetime, Totals]:
    """Give the slots that hold usage."""
    return {slot: totals for slot, totals in ledger.slots.items() if totals.queries}


def truth(history: ListedHistory) -> dict[datetime, Totals]:
    """Count what is listed, plainly."""
    return all_totals(history.visible())


def test_the_first_tick_reads_all_that_poe_keeps() -> None:
    """A first tick counts every row of the last 30 days."""
    history = ListedHistory(now=START + timedelta(days=30))
    history.add(*(entry(START + timedelta(hours=hour), hour) for hour in range(1, 720)))
    ledger = DictLedger()
    counted = ledger.tick(history)
    assert counted.complete
    assert counted.points == ledger.points == sum(range(1, 720))


Rows = list[tuple[int, int, int]]
"""How many minutes ago each was created, its points, and the minutes until it is visible."""
rows_of_a_tick = st.lists(st.tuples(st.integers(0, 59), st.integers(-5, 50), st.integers(0, 59)), max_size=12)
minutes_to_the_next, pages_allowed = st.integers(1, 40), st.integers(0, 8)


@given(st.lists(st.tuples(minutes_to_the_next, rows_of_a_tick, pages_allowed), max_size=25))
@settings(max_examples=400, deadline=None)
def test_totals_are_a_function_of_the_history(plan: list[tuple[int, Rows, int]]) -> None:
    """Whatever the ticks, their page limits and the late rows: once there is time, all is counted once.

    A row that arrives behind the rows read, while a gap is open, is read by the first tick without one.
    """
    history, ledger = ListedHistory(size=3), DictLedger()
    number = 0
    cursor = latest = 0
    passed_by = False
    for minutes, rows, pages in plan:
        before, hurried = history.now, bool(ledger.state.gaps)
        history.now += minutes * MINUTE
        for ago, points, late in rows:
            number += 1
            at = history.now - ago * MINUTE + timedelta(microseconds=number)
            history.add(entry(at, points), visible=max(history.now, at + late * MINUTE))
            latest = max(latest, late - ago)
            passed_by |= hurried and at <= before + timedelta(microseconds=number)
        counted = ledger.tick(history, pages)
        assert ledger.state.cursor is None or ledger.state.cursor.created >= cursor
        cursor = ledger.state.cursor.created if ledger.state.cursor else 0
        gaps = ledger.state.gaps
        assert all(newer.start >= older.end for newer, older in pairwise(gaps))
        settled = ledger.state.settled_until
        final = {
            slot: totals for slot, totals in truth(history).items() if settled and slot + SLOT <= settled
        }
        assert {slot: totals for slot, totals in used(ledger).items() if slot in final} == final
        passed_by &= hurried or not counted.complete
        if counted.complete and latest == 0 and not passed_by:
            assert used(ledger) == truth(history)
    history.now += 3 * SETTLE
    ledger.tick(history)
    ledger.tick(history)
    assert used(ledger) == truth(history)


@given(st.integers(2, 9), st.integers(0, 4), st.integers(1, 400))
@settings(max_examples=100, deadline=None)
def test_a_backlog_drains_under_any_deadline_that_allows_two_pages(
    pages: int, arriving: int, rows: int
) -> None:
    """However large the backlog, ticks of two pages or more read it to the end while new rows arrive."""
    history, ledger = ListedHistory(size=5, now=START + timedelta(days=1)), DictLedger()
    history.add(*(entry(START + timedelta(seconds=13 * n), n) for n in range(1, rows)))
    for tick in range(600):
        history.now += 5 * MINUTE
        history.add(*(entry(history.now - timedelta(seconds=n + 1), 7) for n in range(arriving)))
        if ledger.tick(history, pages).complete and tick > 3:
            break
    else:
        raise AssertionError("the backlog did not drain")
    assert used(ledger) == truth(history)


class Disordered(ListedHistory):
    """A history whose every other page comes in the wrong order."""

    def page(self, after: str | None) -> Page:
        """Answer as Poe does, but for the order of the rows."""
        page = super().page(after)
        rows = page.entries[::-1] if len(self.asked) % 2 == 0 else page.entries
        return Page(rows, (), rows[-1].query_id if rows else None, page.has_more)


@pytest.mark.parametrize("pages", [2, 3, 4])
def test_a_page_in_the_wrong_order_counts_no_row_twice(pages: int) -> None:
    """Also where time runs out right after it: its lowest row comes again after its last one."""
    history, ledger = Disordered(size=2, now=START + timedelta(hours=2)), DictLedger()
    history.add(*(entry(START + timedelta(minutes=at), points=5) for at in (5, 36, 38, 50, 52)))
    for _ in range(6):
        ledger.tick(history, pages)
        history.now += MINUTE
    assert ledger.points == 25


class Forgetful(ListedHistory):
    """A history that shows nothing behind a row that it does not know."""

    def page(self, after: str | None) -> Page:
        """Answer as Poe may."""
        try:
            return super().page(after)
        except UnknownPositionError:
            return Page((), (), None, has_more=False)


@pytest.mark.parametrize("kind", [ListedHistory, Forgetful], ids=["refused", "empty"])
def test_a_gap_whose_row_poe_has_forgotten_is_found_again(kind: type[ListedHistory]) -> None:
    """However Poe answers for it, the rest is read from the head of the list, in one tick or in several."""
    history, ledger = kind(size=2, now=START + timedelta(days=1)), DictLedger()
    history.add(*(entry(START + timedelta(hours=hour), hour) for hour in range(1, 20)))
    ledger.tick(history, 3)
    after = ledger.state.gaps[0].after
    history.rows = [row for row in history.rows if row[1].query_id != after]
    for pages in (5, 5, 50):
        assert not ledger.tick(history, pages).error
    assert used(ledger) == truth(history)

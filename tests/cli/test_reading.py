from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.errors import KeyRefusedError, ListBrokenError, UnknownPositionError, UnreadableAnswerError
from budget_alert.instants import DAY, MICROSECOND, slot_end, to_micros
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.part_scans import PartScan
from poe_budget.errors import OpsError
from poe_budget.past.history import History
from poe_budget.past.pages import SETTLE, ReadPage, Seen, history_of, joined, read, unread
from tests.support.histories import START, ListedHistory, entry

HOUR = timedelta(hours=1)
MONTH = 30 * DAY


@dataclass
class LandingHistory(ListedHistory):
    """A history whose rows show no cost until it lands."""

    lands: dict[str, datetime] = field(default_factory=dict)

    def visible(self) -> list[Entry]:
        """Give what Poe would list now."""
        return [self.shown(row) for row in super().visible()]

    def shown(self, row: Entry) -> Entry:
        """Give a row as it looks now."""
        landed = self.lands.get(row.query_id, self.now) <= self.now
        return row if landed else msgspec.structs.replace(row, points=0)


def saved(history: ListedHistory, known: Iterable[ReadPage] = (), pages: int | None = None) -> list[ReadPage]:
    """Read on from what is known, so many pages or all, and give the pages that are known then."""
    known = list(known)
    reading = read(history, unread(known, history.now), lambda: history.now)
    return [*known, *islice(reading, pages)]


def found(pages: Iterable[ReadPage]) -> History:
    """Give the history that pages show."""
    return history_of(pages, "a test", "read on")


def hourly(count: int, size: int = 10) -> ListedHistory:
    """Give a history with a row in each of the last hours, in pages of `size`."""
    history = ListedHistory(now=START, size=size)
    history.add(*(entry(START - (number + 0.5) * HOUR, number + 1) for number in range(count)))
    return history


late = st.sampled_from([0, 1, 30, 12 * 60, 24 * 60 - 1]).map(lambda minutes: timedelta(minutes=minutes))
# Most rows lie around the readings, some anywhere else in their ten weeks.
rows = st.lists(
    st.tuples(st.integers(29 * 24 * 60, 33 * 24 * 60) | st.integers(0, 70 * 24 * 60), late, late), max_size=60
)
readings = st.lists(
    st.tuples(st.integers(0, 48) | st.integers(0, 35 * 24), st.integers(0, 6) | st.just(50)), max_size=5
)


@settings(max_examples=300, derandomize=True)
@given(rows, readings)
def test_interrupted_readings_come_to_the_same_as_one(
    spent: list[tuple[int, timedelta, timedelta]], interrupted: list[tuple[int, int]]
) -> None:
    """Rows and costs up to a day late, readings cut off at any page, weeks between: all ends well."""
    history = LandingHistory(now=START, size=5)
    for number, (minutes, shown_late, landed_late) in enumerate(spent):
        created = START - MONTH + timedelta(minutes=minutes)
        history.add(entry(created, number + 1, f"q{number}"), visible=created + shown_late)
        history.lands[f"q{number}"] = created + landed_late
    pages: list[ReadPage] = []
    for hours, count in interrupted:
        history.now += hours * HOUR
        pages = saved(history, pages, count)
    pages = saved(history, pages)
    got = found(pages)
    expected = [
        history.shown(row)
        for visible, row in history.rows
        if visible <= history.now and to_micros(got.start) <= row.created < to_micros(got.end)
    ]
    assert sorted(got.entries or (), key=str) == sorted(expected, key=str)
    assert got.start <= slot_end(history.now - MONTH)
    assert got.end >= history.now
    assert not [note for note in got.notes if "read on" in note]


def test_what_touches_is_joined_and_nothing_else() -> None:
    """Two spans are one where the older reaches the newer; a microsecond between is a hole."""
    newer, older = (
        Seen(read_at=40, top=top, bottom=top - 10, last_id=last_id) for top, last_id in ((40, "n"), (30, "o"))
    )
    apart = msgspec.structs.replace(older, top=29)
    assert joined([older, newer]) == (Seen(read_at=40, top=40, bottom=20, last_id="o"),)
    assert joined([apart, newer]) == (newer, apart)
    assert joined([newer, msgspec.structs.replace(older, bottom=30)]) == (newer,)


def test_what_was_not_read_is_no_part_of_the_history() -> None:
    """Of an interrupted reading the history is what was seen whole, and it says so."""
    history = hourly(600)
    got = found(saved(history, pages=20))
    assert got.start == slot_end(START - 199.5 * HOUR)
    assert len(got.entries or ()) == 199
    assert list(got.notes) == [
        "nothing before 23 Oct 2026 16:45 UTC counts, for not all of it was read; read on"
    ]


def test_rows_lost_for_good_end_the_history() -> None:
    """Where weeks passed between two readings, only what follows the hole counts, and no advice is given."""
    history = hourly(600)
    pages = saved(history)
    history.now += 40 * DAY
    history.add(entry(history.now - HOUR))
    got = found(saved(history, pages))
    assert got.start == history.now - MONTH
    assert len(got.entries or ()) == 1
    assert [note.partition(": ")[2] for note in got.notes] == [
        "rows between are missing, and Poe lists them no longer"
    ]


def test_readings_in_time_make_a_history_longer_than_poe_keeps() -> None:
    """Three readings three weeks apart hold all of nine weeks and more."""
    history = hourly(100)
    pages: list[ReadPage] = []
    for _ in range(3):
        history.add(*(entry(history.now - number * HOUR, 7) for number in range(1, 101)))
        pages = saved(history, pages)
        history.now += 21 * DAY
    got = found(pages)
    assert got.end - got.start > 71 * DAY
    assert len(got.entries or ()) == 400
    assert got.notes == ()


def test_less_than_a_quarter_hour_is_no_history() -> None:
    """A page that covers some minutes only gives nothing to look at; an empty list is 30 days of nothing."""
    history = ListedHistory(now=START, size=2)
    history.add(*(entry(START - timedelta(minutes=number)) for number in range(1, 9)))
    for pages in (saved(history, pages=1), []):
        with pytest.raises(OpsError, match="a test shows less than a quarter hour yet; read on"):
            found(pages)
    got = found(saved(ListedHistory(now=START)))
    assert (got.entries, got.slots, got.start, got.end) == ((), {}, START - MONTH, START)


def test_rows_that_are_dated_ahead() -> None:
    """A little ahead of this machine's clock they count; from days ahead they are left out and counted."""
    history = ListedHistory(now=START)
    history.add(entry(START + timedelta(minutes=2)), entry(START + 3 * DAY), visible=START)
    got = found(saved(history))
    assert (len(got.entries or ()), got.unreadable) == (1, 1)


class Answers:
    """A history that answers with what it is given, one after the other."""

    def __init__(self, *answers: Page | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str | None] = []

    def page(self, after: str | None) -> Page:
        """Give the next answer."""
        self.asked.append(after)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page_of(*rows: Entry, more: bool = False, unreadable: int = 0) -> Page:
    """Give a page of these rows."""
    last = rows[-1].query_id if rows else ("unreadable" if unreadable else None)
    return Page(rows, ((len(rows), None),) * unreadable, last, more)


NEW, MID, OLD = (entry(START - hours * HOUR, query_id=f"h{hours}") for hours in (1, 40, 50))
FLOOR = to_micros(START - MONTH)


def going_on(answers: Answers) -> Iterator[ReadPage]:
    """Read one part of the history, after a row."""
    top = START - 40 * HOUR + MICROSECOND
    scan = PartScan(floor=FLOOR, top=top, settle=SETTLE, after="h40")
    return read(answers, [scan], lambda: START)


@pytest.mark.parametrize(
    "lost",
    [UnknownPositionError("gone"), page_of(), page_of(NEW, more=True)],
    ids=["refused", "empty", "head"],
)
def test_a_forgotten_row_is_found_again_from_the_newest(lost: Page | Exception) -> None:
    """However Poe answers for a row that it has forgotten, the stretch is read from the head of the list."""
    answers = Answers(lost, page_of(NEW, MID, more=True), page_of(OLD))
    pages = list(going_on(answers))
    assert answers.asked == ["h40", None, "h40"]
    assert [row.query_id for page in pages for row in page.entries] == ["h1", "h40", "h50"]
    assert pages[-1].bottom == to_micros(START - MONTH)


@pytest.mark.parametrize(
    ("wrong", "raised"),
    [
        (UnknownPositionError("gone"), UnknownPositionError),
        (page_of(NEW, more=True), ListBrokenError),
        (KeyRefusedError("no"), KeyRefusedError),
        (UnreadableAnswerError("html"), UnreadableAnswerError),
    ],
)
def test_what_fails_later_ends_the_reading(wrong: Page | Exception, raised: type[Exception]) -> None:
    """In the middle of a stretch nothing is looked for again: what was read before holds."""
    reading = going_on(Answers(page_of(OLD, more=True), wrong))
    assert [row.query_id for row in next(reading).entries] == ["h50"]
    with pytest.raises(raised):
        next(reading)


def test_a_page_of_unreadable_rows_covers_nothing_by_itself() -> None:
    """The page after it continues where the one before it ended."""
    answers = Answers(page_of(unreadable=2, more=True), page_of(NEW, more=True), page_of(OLD))
    got = found(read(answers, [PartScan(floor=FLOOR, top=START, settle=SETTLE)], lambda: START))
    assert (len(got.entries or ()), got.unreadable) == (2, 2)
    assert got.start == START - MONTH

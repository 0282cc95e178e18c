from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st

from budget_alert.instants import DAY, SLOT
from budget_alert.usage.slots import Span
from budget_alert.usage.state import (
    MOST_AT_ONCE,
    MOST_WRITES,
    RecentWrite,
    RecentWrites,
    with_written,
    written_since,
)
from tests.support.ledgers import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AGO = NOW - 30 * DAY
Writing = tuple[datetime, frozenset[datetime]]

slots = st.integers(0, 30 * 96).map(lambda number: AGO + number * SLOT)
writings = st.lists(
    st.tuples(st.integers(0, 40).map(lambda late: NOW + late * MINUTE), st.frozensets(slots, max_size=30)),
    max_size=40,
)


def after(writings: list[Writing]) -> RecentWrites:
    """Give what is known after these writings, one after the other."""
    writes: RecentWrites = ()
    for at, written in writings:
        writes = with_written(writes, written, at)
    return writes


def holds(spans: list[Span], slot: datetime) -> bool:
    """Tell whether one of the spans holds a whole slot."""
    return any(start <= slot and slot + SLOT <= end for start, end in spans)


@given(writings, st.integers(-1, 41).map(lambda late: NOW + late * MINUTE))
def test_whatever_was_written_since_is_found(writings: list[Writing], instant: datetime) -> None:
    """Every slot is that a tick wrote that began at an instant or later, in whatever order ticks write."""
    spans = written_since(after(writings), instant)
    written = {slot for at, found in writings if at >= instant for slot in found}
    assert all(holds(spans, slot) for slot in written)


@given(writings)
def test_whatever_was_ever_written_is_found(writings: list[Writing]) -> None:
    """With no instant to go by, that is everything, and nothing beside the span of it; and little is kept."""
    known = after(writings)
    spans = written_since(known, None)
    written = {slot for _, found in writings for slot in found}
    assert all(holds(spans, slot) for slot in written)
    assert all(start in written and end - SLOT in written for start, end in spans)
    assert len(known) <= MOST_WRITES
    assert with_written(known, (), NOW + HOUR) == known


@given(st.permutations(range(2 * MOST_WRITES)), st.integers(0, 2 * MOST_WRITES))
def test_of_many_far_apart_none_is_forgotten(places: list[int], first: int) -> None:
    """Where more is written than is kept apart, what is found is more, and never less."""
    far = [AGO + place * DAY for place in places]
    writes = after([(NOW + late * MINUTE, frozenset({slot})) for late, slot in enumerate(far)])
    spans = written_since(writes, NOW + first * MINUTE)
    assert all(holds(spans, slot) for slot in far[first:])


@given(st.frozensets(slots, min_size=1, max_size=200))
def test_one_tick_adds_few(written: frozenset[datetime]) -> None:
    """They are disjoint, newest slots first, and all of the tick."""
    writes = with_written((), written, NOW)
    assert len(writes) <= MOST_AT_ONCE
    assert all(older.end < newer.start for newer, older in pairwise(writes))
    assert {one.at for one in writes} == {NOW}


def test_what_is_written_again_is_known_by_its_last_time() -> None:
    """Tick after tick writes the present quarter hour, and that is one write."""
    writes = after([(NOW + late * MINUTE, frozenset({NOW})) for late in range(15)])
    assert writes == (RecentWrite(NOW, NOW + SLOT, NOW + 14 * MINUTE),)
    assert written_since(writes, NOW + 15 * MINUTE) == []


def test_an_audit_wakes_nothing_that_lies_far_behind() -> None:
    """It writes slots all over two days; who reads next reads those days, and no first scan of a month."""
    first = frozenset(AGO + hour * HOUR for hour in range(700))
    audit = frozenset(NOW - hour * HOUR for hour in range(0, 48, 2))
    ordinary = [(NOW + late * MINUTE, frozenset({NOW - late * HOUR})) for late in range(1, 5)]
    writes = after([(NOW - DAY, first), (NOW, audit), *ordinary])
    assert min(start for start, _ in written_since(writes, NOW)) >= NOW - 2 * DAY

"""Why a sum may be more than it says: against a plain calculation, and for states of any kind."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.alerts import standings
from budget_alert.instants import DAY, SLOT, from_micros, slot_of
from budget_alert.usage.entries import Entry, Page
from budget_alert.usage.missing import MOST_SPANS, Missing, Why, with_spans, without_span
from budget_alert.usage.slots import Span
from budget_alert.usage.state import State
from tests.support.account import HOUR, MINUTE, Account, budget
from tests.support.histories import START, DictLedger, ListedHistory, entry
from tests.support.ledgers import instants, states


@dataclass
class SpoiledHistory(ListedHistory):
    """A history some of whose rows cannot be read; of the `blind` ones not even the time can be."""

    spoiled: set[str] = field(default_factory=set)
    blind: set[str] = field(default_factory=set)

    def page(self, after: str | None) -> Page:
        """Answer as Poe does, as far as that can be read."""
        page = super().page(after)
        entries: list[Entry] = []
        left_out: list[tuple[int, int | None]] = []
        for row in page.entries:
            if row.query_id in self.spoiled:
                left_out.append((len(entries), None if row.query_id in self.blind else row.created))
            else:
                entries.append(row)
        return msgspec.structs.replace(page, entries=tuple(entries), left_out=tuple(left_out))

    def slots(self, ids: set[str]) -> set[datetime]:
        """Give the quarter hours of rows."""
        return {slot_of(from_micros(row.created)) for _, row in self.rows if row.query_id in ids}


def rows_missing(state: State) -> list[Span]:
    """Give the spans in which rows could not be read."""
    return [(hole.start, hole.end) for hole in state.holes if hole.why is Why.ROWS]


def uncounted(history: SpoiledHistory, ledger: DictLedger) -> set[datetime]:
    """Give, plainly, the quarter hours of which less is counted than was spent."""
    spent: dict[datetime, int] = {}
    for row in history.visible():
        slot = slot_of(from_micros(row.created))
        spent[slot] = spent.get(slot, 0) + row.points
    return {slot for slot in spent if slot not in ledger.slots or ledger.slots[slot].points < spent[slot]}


Plan = list[tuple[int, list[tuple[float, str]], int]]
TICKS = st.lists(
    st.tuples(
        st.integers(1, 40),  # minutes to the next tick
        st.lists(
            st.tuples(st.floats(0, 1), st.sampled_from(["good", "good", "spoiled", "blind", "healed"])),
            max_size=8,
        ),
        st.sampled_from([1, 2, 3, 50, 50, 50]),  # pages this tick may read
    ),
    max_size=20,
)


def played(plan: Plan) -> tuple[SpoiledHistory, DictLedger]:
    """Run ticks over a history that grows; after each, what is not counted must be known to be missing."""
    history, ledger = SpoiledHistory(size=3), DictLedger()
    for minutes, rows, pages in plan:
        healed = {one for one in history.spoiled if one.startswith("healed")}
        history.spoiled -= healed
        length = minutes * MINUTE
        history.now += length
        for number, (back, kind) in enumerate(rows):
            one = entry(history.now - back * (length - MINUTE), 5, f"{kind}{len(history.rows)}.{number}")
            history.add(one)
            history.spoiled |= {one.query_id} if kind != "good" else set()
            history.blind |= {one.query_id} if kind == "blind" else set()
        ledger.tick(history, pages)
        # Pages of nothing but unreadable rows are as if Poe had not answered: an hour later all is unread.
        shown = ledger.state.answered_at == history.now
        for slot in uncounted(history, ledger) if shown else ():
            assert ledger.state.missing((slot, slot + SLOT), history.now), (slot, ledger.state)
    return history, ledger


@given(TICKS)
@settings(max_examples=300, deadline=None)
def test_what_is_not_counted_is_known_to_be_missing(plan: Plan) -> None:
    """Whatever cannot be read, and however the ticks are cut: no sum that lacks a row is called whole."""
    played(plan)


@given(TICKS)
@settings(max_examples=200, deadline=None)
def test_only_what_could_not_be_read_is_missing(plan: Plan) -> None:
    """Where every row says when it was created, exactly the quarter hours of unreadable rows are partial."""
    kinds = {"good": "good", "healed": "good", "spoiled": "spoiled", "blind": "spoiled"}
    timed = [(minutes, [(at, kinds[kind]) for at, kind in rows], 50) for minutes, rows, _ in plan]
    history, ledger = played(timed)
    spoiled = history.slots(history.spoiled)
    # More than a dozen spans become one with their neighbours.
    if len(spoiled) <= MOST_SPANS:
        found = rows_missing(ledger.state)
        assert {start + n * SLOT for start, end in found for n in range((end - start) // SLOT)} == spoiled


@pytest.mark.parametrize(
    ("row", "start", "end"),
    [("q5", 1, 9), ("q13", 9, 24), ("q1", -29 * 24, 5)],
    ids=["between", "newest", "oldest"],
)
def test_a_row_without_a_time_lies_between_its_neighbours(row: str, start: int, end: int) -> None:
    """All between is partial, and nothing else; beyond the ends of the list up to now, or 30 days ago."""
    history, ledger = SpoiledHistory(now=START + DAY, size=2), DictLedger()
    history.add(*(entry(START + hour * HOUR, 1, f"q{hour}") for hour in (1, 5, 9, 13)))
    history.spoiled = history.blind = {row}
    ledger.tick(history)
    assert rows_missing(ledger.state) == [(START + start * HOUR, START + end * HOUR + SLOT)]


def test_rows_that_become_readable_are_missing_no_more() -> None:
    """What is read again, and can be, is whole."""
    history, ledger = SpoiledHistory(now=START + HOUR), DictLedger()
    history.add(entry(START + 50 * MINUTE, 7, "odd"))
    history.spoiled = {"odd"}
    ledger.tick(history)
    assert rows_missing(ledger.state) == [(START + 45 * MINUTE, START + HOUR)]
    history.spoiled = set()
    history.now += 5 * MINUTE
    ledger.tick(history)
    assert rows_missing(ledger.state) == []
    assert ledger.points == 7


def test_rows_with_an_impossible_date_are_looked_for_beside_their_neighbours() -> None:
    """A date that no row can have says nothing of when the row was made."""
    history, ledger = ListedHistory(now=START + DAY), DictLedger()
    history.add(entry(START + 23 * HOUR), entry(START + 9 * DAY, 5), visible=START)
    ledger.tick(history)
    assert rows_missing(ledger.state) == [(START + 23 * HOUR, START + DAY + SLOT)]


def test_after_a_long_silence_usage_is_lost_for_good() -> None:
    """From the last reading to 30 days before the next one nothing can be counted any more, ever."""
    history, ledger = ListedHistory(now=START), DictLedger()
    history.add(entry(START - HOUR))
    ledger.tick(history)
    history.now = START + 40 * DAY
    history.add(entry(history.now - HOUR))
    ledger.tick(history)
    assert ledger.state.holes == (Missing(START, START + 10 * DAY, Why.LOST),)
    history.now += 5 * MINUTE
    ledger.tick(history)
    assert ledger.state.holes == (Missing(START, START + 10 * DAY, Why.LOST),)
    assert not ledger.state.missing((START + 10 * DAY, history.now), history.now)


def test_a_gap_that_leaves_poes_list_is_lost() -> None:
    """What was still to be read 30 days later is closed and stays missing, but what the first scan missed."""
    history, ledger = ListedHistory(now=START, size=1), DictLedger()
    history.add(*(entry(START - hour * HOUR) for hour in range(1, 9)))
    ledger.tick(history)
    history.now += 3 * DAY
    history.add(*(entry(history.now - hour * HOUR) for hour in range(1, 70)))
    ledger.tick(history, pages=3)
    (gap,) = ledger.state.gaps
    history.now = gap.start + 31 * DAY
    ledger.tick(history, pages=0)
    assert ledger.state.holes == (Missing(gap.start, gap.start + DAY, Why.LOST),)
    slow = DictLedger()
    slow.tick(history, pages=2)
    history.now += DAY
    slow.tick(history, pages=1)
    assert (slow.state.holes, slow.state.known_from) == ((), history.now - 30 * DAY)


def test_an_account_is_known_from_30_days_before_its_first_answer() -> None:
    """A first key that is refused for a week leaves a week more unknown."""
    history, ledger = ListedHistory(now=START), DictLedger()
    ledger.tick(history, pages=0)
    history.now += 7 * DAY
    ledger.tick(history)
    assert ledger.state.known_from == START - 23 * DAY
    (before,) = ledger.state.missing((START - 24 * DAY, START), history.now)
    assert before == Missing(START - 24 * DAY, START - 23 * DAY, Why.BEFORE)


def test_what_poe_has_not_answered_for_an_hour_is_unread() -> None:
    """A window that has gone on since the last reading is partial; one that was over by then is whole."""
    state = State(started_at=START, completed_at=START + DAY)
    now = START + DAY + HOUR + MINUTE
    assert not state.missing((START, START + DAY), now)
    assert not state.missing((START, START + 2 * DAY), START + DAY + HOUR)
    (unread,) = state.missing((START, START + 2 * DAY), now)
    assert (unread.start, unread.why) == (START + DAY, Why.UNREAD)


SPANS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 20)).map(
        lambda span: (START + span[0] * SLOT, START + (span[0] + span[1]) * SLOT)
    ),
    max_size=40,
)


@given(SPANS, SPANS)
def test_spans_are_few_and_none_is_forgotten(some: list[Span], more: list[Span]) -> None:
    """However many are added, a dozen stay, and they hold all; what is taken out is out."""
    holes = with_spans(with_spans((), Why.ROWS, some, START), Why.ROWS, more, START)
    assert len(holes) <= MOST_SPANS
    for start, end in (*some, *more):
        assert any(hole.start <= start and end <= hole.end for hole in holes)
    for start, end in more:
        holes = without_span(holes, Why.ROWS, (start, end))
        assert not any(hole.start < end and start < hole.end for hole in holes)


@given(states, instants, st.timedeltas(SLOT, timedelta(days=90)), instants)
def test_a_sum_is_complete_exactly_where_nothing_is_missing(
    state: State, start: datetime, length: timedelta, now: datetime
) -> None:
    """Whatever the state: what an alert says of being complete, and why not, agree."""
    account = Account(budget("90d"), now)
    account.state = msgspec.structs.replace(state, unevaluated_from=now)
    for alert in account.tick():
        assert alert.complete == (not alert.missing)
        assert all(standing.complete == (not standing.missing) for standing in standings(alert))
    missing = state.missing((start, start + length), now)
    assert all(start <= each.start < each.end <= start + length for each in missing)
    assert len({each.why for each in missing}) == len(missing)

from datetime import datetime, timedelta

import msgspec
from hypothesis import given, strategies as st

from budget_alert.config.schema import Filter
from budget_alert.instants import DAY, SLOT, from_micros
from budget_alert.rules.evaluation import matcher
from budget_alert.usage.entries import Entry
from budget_alert.usage.slots import RecordedUsage, Slots, Span, by_day, day_from
from budget_alert.usage.totals import Totals
from poe_budget.backtest.counted import ReplayLedger
from poe_budget.backtest.replay import arrivals
from poe_budget.past.history import slots_of
from tests.cli.backtest.saving import history
from tests.support.histories import START, entry

MINUTE = timedelta(minutes=1)
LENGTH = 3 * DAY
GPT = matcher(Filter(bots=("gpt-*",)))
rows = st.tuples(
    st.integers(0, LENGTH // MINUTE - 1), st.integers(-50, 100), st.sampled_from(["gpt-5", "Claude", "GPT-4"])
)
slots = st.integers(-9, LENGTH // SLOT + 9)


def entries(made: list[tuple[int, int, str]]) -> list[Entry]:
    """Give entries at whole minutes after START."""
    return [
        entry(START + minute * MINUTE, points, f"q{number}", bot)
        for number, (minute, points, bot) in enumerate(made)
    ]


def plain(spent: Slots) -> RecordedUsage:
    """Put usage together as the function's ledger does."""
    return RecordedUsage({start: day_from(within, start) for start, within in by_day(spent)}, spent)


def read(ledger: ReplayLedger, span: Span = (START, START)) -> RecordedUsage:
    """Read all days, and what it takes to sum a span."""
    return ledger.usage([(START - 2 * LENGTH, START + 2 * LENGTH), span])


@given(st.lists(rows, max_size=40), st.lists(st.integers(1, LENGTH // MINUTE), max_size=6), slots, slots)
def test_whatever_is_read_at_a_tick_is_what_the_functions_ledger_would_give(
    made: list[tuple[int, int, str]], waits: list[int], first: int, last: int
) -> None:
    """After any tick: sums, parts, named queries and days, of everything and of what a filter picks."""
    spent = history(entries(made), LENGTH)
    arriving, ledger = arrivals(spent, START, 60), ReplayLedger(START, START)
    seen: dict[datetime, Totals] = {}
    now = START
    for wait in [0, *waits]:
        now += wait * MINUTE
        changes = arriving(now)
        seen |= changes
        ledger.record(now, now, changes)
        start, end = sorted((START + first * SLOT, START + last * SLOT))
        got, whole = read(ledger, (start, end)), plain(seen)
        for usage, expected in ((got, whole), (got.only(GPT), whole.only(GPT))):
            assert usage.days == expected.days
            assert usage.points(start, end) == expected.points(start, end)
            assert usage.between(start, end) == expected.between(start, end)
    shown = [one for one in spent.entries or () if from_micros(one.created) <= now]
    assert seen == slots_of(shown, 60)


def test_only_the_days_that_a_tick_reads_are_there() -> None:
    """Days outside of the span, and of what is asked besides, are as if they were not known."""
    ledger = ReplayLedger(START, START)
    changes = arrivals(
        history(entries([(9, 5, "a"), (9 + 1440, 6, "a"), (9 + 2880, 7, "a")]), LENGTH), START, 1
    )
    ledger.record(START + LENGTH, START, changes(START + LENGTH))
    later = (START + DAY, START + 2 * DAY)
    assert list(ledger.usage([later]).days) == [START + DAY]
    assert list(ledger.usage([later], (START, START + DAY)).days) == [START, START + DAY]
    assert list(ledger.usage([], (START, START + DAY)).days) == [START]


def test_quarter_hours_without_entries_show_once_they_are_over() -> None:
    """The table of a stack knows no more."""
    spent = history(entries([(1, 10, "a"), (16, 20, "a")]), DAY)
    arriving = arrivals(msgspec.structs.replace(spent, entries=None), START, None)
    assert arriving(START + 14 * MINUTE) == {}
    assert [totals.points for totals in arriving(START + 29 * MINUTE).values()] == [10]
    assert [totals.points for totals in arriving(START + 30 * MINUTE).values()] == [20]
    assert arriving(START + DAY) == {}


def test_what_came_before_is_left_out() -> None:
    """Entries and quarter hours before the instant asked for are no part of it."""
    spent = history(entries([(1, 10, "a"), (16, 20, "a")]), DAY)
    for each in (spent, msgspec.structs.replace(spent, entries=None)):
        arrived = arrivals(each, START + SLOT, None)(START + DAY)
        assert {start: totals.points for start, totals in arrived.items()} == {START + SLOT: 20}


def test_queries_are_named_again_for_a_rule() -> None:
    """Of a history with entries any costly query can be named; of sums, those that are named already."""
    spent = history(entries([(0, points, "a") for points in range(1, 7)]), DAY)
    sums = msgspec.structs.replace(spent, entries=None, slots=slots_of(spent.entries or (), 2))
    for one, costly, named in (
        (spent, None, [6, 5, 4]),
        (spent, 2, [6, 5, 4, 3, 2]),
        (sums, 1, [6, 5, 4, 3, 2]),
        (sums, None, [6, 5, 4]),
    ):
        totals = arrivals(one, START, costly)(START + DAY)[START]
        assert [query.points for query in totals.largest] == named

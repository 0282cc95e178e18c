from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from hypothesis import given, strategies as st

from budget_alert.instants import DAY, SLOT
from budget_alert.usage.slots import RecordedUsage, by_day, day_from
from budget_alert.usage.totals import Amount, Dimensions, Totals
from tests.support.histories import START


def test_a_window_leaves_out_the_accounts_that_it_does_not_have() -> None:
    """Each window by its own end; to pick bots besides changes nothing of that."""
    both = Totals(
        {
            Dimensions(bot, "API", name): Amount(points, 1, 0, points)
            for bot in "xy"
            for name, points in (("ada", 1), ("bob", 10))
        }
    )
    spent = {START + number * SLOT: both for number in range(2 * 96)}
    first = START + DAY
    usage = replace(usage_of(spent), absent=lambda end: frozenset({"bob"} if end <= first else ()))
    assert usage.points(START, first) == 2 * 96
    assert usage.points(START, first + SLOT) == 2 * 97 * 11
    assert usage.between(START + SLOT, first).by_key() == [("ada", 2 * 95)]
    assert usage.by_days([START, first, first + DAY]) == [2 * 96, 2 * 96 * 11]
    picked = usage.only(lambda part: part.bot == "x")
    assert picked.points(START, first) == 96
    assert picked.by_days([START, first, first + DAY]) == [96, 96 * 11]
    assert picked.points(START, first + SLOT) == 97 * 11


names = st.sampled_from(["ada", "bob", "cleo"])
quarters = st.integers(0, 3 * 96 - 1).map(lambda number: START + number * SLOT)
spent_by = st.dictionaries(st.tuples(quarters, names), st.integers(1, 50), max_size=20)
read_at = st.dictionaries(names, quarters)


def usage_of(slots: dict[datetime, Totals]) -> RecordedUsage:
    """Give the usage of slots, with their days."""
    return RecordedUsage({start: day_from(within, start) for start, within in by_day(slots)}, slots)


@given(spent_by, read_at, st.lists(quarters, min_size=2, unique=True).map(sorted))
def test_whatever_is_asked_of_usage_leaves_the_same_out(
    spent: dict[tuple[datetime, str], int], since: dict[str, datetime], edges: list[datetime]
) -> None:
    """A sum is that of the accounts which were read by the end of its window."""
    slots: dict[datetime, Totals] = {}
    for (slot, name), points in spent.items():
        one = Totals({Dimensions("bot", "API", name): Amount(points, 1, 0, points)})
        slots[slot] = slots.get(slot, Totals()) + one
    usage = replace(
        usage_of(slots), absent=lambda end: frozenset(name for name, at in since.items() if at > end)
    )
    for start, end in pairwise(edges):
        expected = sum(
            points
            for (slot, name), points in spent.items()
            if start <= slot < end and since.get(name, end) <= end
        )
        assert usage.points(start, end) == usage.between(start, end).points == expected

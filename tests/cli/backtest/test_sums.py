from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from poe_budget.backtest.counted import Sums
from tests.support.histories import START

STEP = timedelta(minutes=15)
puts = st.lists(st.tuples(st.integers(0, 40), st.integers(-100, 100)), max_size=60)
edges = st.integers(-10, 60)


@given(puts, st.lists(st.tuples(edges, edges), min_size=1))
def test_any_span_is_summed_as_by_hand(put: list[tuple[int, int]], spans: list[tuple[int, int]]) -> None:
    """However steps are replaced between two questions; what is unknown is nothing."""
    sums, known = Sums(START, STEP), dict[int, int]()
    for place, points in put:
        sums.put(START + place * STEP, points)
        known[place] = points
        for first, last in spans:
            by_hand = sum(known[each] for each in known if first <= each < max(first, last))
            asked = sums.between(START + first * STEP, START + max(first, last) * STEP)
            assert asked == by_hand


def test_nothing_known_sums_to_nothing() -> None:
    """Not even where much is asked for."""
    assert Sums(START, STEP).between(START - 9 * STEP, START + 9 * STEP) == 0

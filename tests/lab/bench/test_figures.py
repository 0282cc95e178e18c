from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.bench.figures import figure, in_turns

TIMES = st.lists(st.floats(1, 100), min_size=2, max_size=9)


def test_a_figure_is_the_ratio_of_the_medians_with_the_smallest_and_the_largest_of_all_pairs() -> None:
    """One odd repetition widens the spread, and leaves the ratio alone."""
    found = figure("walk", "a walk", "ms", ([10.0, 12.0, 90.0], [10.0, 10.0, 10.0]), 1.3)
    assert (found.ours, found.other, found.ratio) == (12.0, 10.0, 1.2)
    assert (found.low, found.high) == (1.0, 9.0)
    assert found.holds


@pytest.mark.parametrize(("bound", "holds"), [(1.2, True), (1.19, False), (None, True)])
def test_a_figure_holds_up_to_its_bound(bound: float | None, holds: bool) -> None:  # noqa: FBT001 - a table of cases
    """Exactly the bound is within it; without one everything is."""
    assert figure("walk", "a walk", "ms", ([12.0], [10.0]), bound).holds is holds


@given(TIMES)
def test_a_thing_beside_itself_is_once_as_much(times: list[float]) -> None:
    """Whatever was measured."""
    found = figure("walk", "a walk", "ms", (times, times))
    assert (found.ratio, found.low, found.high) == (1, 1, 1)


def test_series_of_unequal_length_are_refused() -> None:
    """A repetition without a partner is a mistake of the measurement."""
    with pytest.raises(ValueError, match="shorter"):
        figure("walk", "a walk", "ms", ([1.0, 2.0], [1.0]))


def test_measures_take_turns() -> None:
    """The first of each, then the second of each."""
    ticks = count()
    assert in_turns(2, lambda: next(ticks), lambda: next(ticks)) == [[0, 2], [1, 3]]

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poe_budget.suggest.rounding import ladder, up


@given(st.floats(0, 10**12))
def test_rounding_up_keeps_two_digits(points: float) -> None:
    """It gives the least such number that is not below, and never nothing."""
    found = up(points)
    assert found >= max(points, 1)
    assert len(str(found).rstrip("0")) <= 2
    assert found < max(points, 1) * 1.1 + 1


@pytest.mark.parametrize(("points", "found"), [(0, 1), (9.1, 10), (101, 110), (994_850 * 1.3, 1_300_000)])
def test_some_numbers_rounded_up(points: float, found: int) -> None:
    """The numbers people would have taken."""
    assert up(points) == found


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_ladder_has_no_wide_step(low: int, high: int) -> None:
    """Each rung is at most twice the one before, and all are within the bounds."""
    rungs = ladder(low, high)
    assert all(low <= rung <= high for rung in rungs)
    assert all(above <= 2 * below for below, above in pairwise(rungs))
    assert rungs or high < 2 * low

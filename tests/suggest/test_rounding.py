from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_ops.suggest.rounding import ladder, of_digits, roundness, up


@given(st.floats(0, 10**12))
def test_rounding_up_keeps_two_digits(points: float) -> None:
    """It gives the least such number that is not below, and never nothing."""
    found = up(points)
    assert found >= max(points, 1)
    assert roundness(found) <= 2
    assert found < max(points, 1) * 1.1 + 1


@pytest.mark.parametrize(("points", "found"), [(0, 1), (9.1, 10), (101, 110), (994_850 * 1.3, 1_300_000)])
def test_some_numbers_rounded_up(points: float, found: int) -> None:
    """The numbers people would have taken."""
    assert up(points) == found


@pytest.mark.parametrize(
    ("number", "found"), [(1, 0), (500, 0), (20_000, 0), (300, 1), (1_500, 2), (217_882, 6)]
)
def test_how_round_a_number_is(number: int, found: int) -> None:
    """1, 2 and 5 are the roundest."""
    assert roundness(number) == found


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_ladder_has_no_wide_step(low: int, high: int) -> None:
    """Each rung is at most twice the one before, and all are within the bounds."""
    rungs = ladder(low, high)
    assert all(low <= rung <= high for rung in rungs)
    assert all(above <= 2 * below for below, above in pairwise(rungs))
    assert rungs or high < 2 * low


@given(st.integers(1, 3), st.integers(1, 5_000), st.integers(1, 5_000))
def test_all_numbers_of_so_many_digits_are_given(digits: int, low: int, high: int) -> None:
    """Those between the bounds that are zeros after so many digits, and no others."""
    found = set(of_digits(digits, low, high))
    assert found == {number for number in range(low, high + 1) if len(str(number).rstrip("0")) <= digits}

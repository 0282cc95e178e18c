import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.bench.shape import exponent, words

SIZES = (1, 10, 50, 100, 200, 400)


@given(st.floats(0.5, 3), st.floats(1, 100))
def test_a_power_above_a_fixed_cost_is_found_again(power: float, fixed: float) -> None:
    """However large the part that does not grow."""
    costs = [fixed + fixed * (size - SIZES[0]) ** power for size in SIZES]
    assert exponent(SIZES, costs) == pytest.approx(power, abs=0.01)


@given(st.lists(st.floats(10, 12.9), min_size=6, max_size=6))
def test_what_hardly_grows_is_flat(costs: list[float]) -> None:
    """Up to three tenths, measurements differ by themselves."""
    assert exponent(SIZES, costs) == 0 or costs[-1] > 1.3 * costs[0]


def test_a_leap_at_the_end_is_steep() -> None:
    """It must not pass for a line because only one place has grown."""
    assert exponent(SIZES, [10, 10, 10, 10, 10, 1000]) > 1.5


def test_shapes_have_names() -> None:
    """As they stand in the tables."""
    assert (words(0), words(0.985)) == ("flat", "grows with the power 0.98")

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_ops.suggest.levels import rarely_enough, reached
from budget_ops.suggest.rounding import roundness

HEAVY = [10_798, 13_637, 451_058, 276_261, 217_882, 211_422, 167_554, 102_729, 0, -50]


@pytest.mark.parametrize(
    ("totals", "times", "limit"),
    [
        (HEAVY, 0, 500_000),
        (HEAVY, 1, 400_000),
        (HEAVY, 2, 250_000),
        (HEAVY, 4, 200_000),
        (HEAVY, 5, 130_000),
        (HEAVY, 99, 1),
        ([100] * 9, 3, 200),
        ([100] * 9, 7, 10),
        (list(range(1_000, 1_030)), 10, 1_020),
        ([0] * 9, 0, 2),
    ],
)
def test_a_limit_that_is_reached_so_often(totals: list[int], times: int, limit: int) -> None:
    """The roundest number between the totals, as far from them as can be."""
    assert reached(totals, times) == limit


@given(st.lists(st.integers(-10, 10**7), min_size=1, max_size=40), st.integers(0, 45))
def test_a_limit_is_round_and_never_far_off(totals: list[int], times: int) -> None:
    """No number of two digits is reached more nearly as often by more than one."""
    limit = reached(totals, times)
    assert limit >= 1
    assert roundness(limit) <= 3

    def off(number: int) -> int:
        return abs(sum(max(total, 1) >= number for total in totals) - min(times, len(totals)))

    others = {digits * 10**size for digits in range(1, 100) for size in range(7)}
    assert off(limit) <= min(map(off, others))


def test_the_lowest_level_that_is_quiet_enough() -> None:
    """Or the highest there is, where none is."""
    assert rarely_enough({10: 9, 20: 3, 50: 3, 100: 0}, 3.5) == 20
    assert rarely_enough({10: 9, 20: 3}, 1) == 20

from collections import defaultdict
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given, strategies as st

from standins.history import HOUR, HOURS, month, requests_per_hour
from standins.poe_store import microseconds

START = datetime(2026, 10, 1, tzinfo=UTC)


@given(one_in=st.integers(300, 3000))
def test_thinning_keeps_the_share_it_says(one_in: int) -> None:
    """Of every `one_in` real requests one is kept, and each hour keeps its share of them, in its order."""
    history = month(START, one_in=one_in)
    assert len(history.rows) == 743_140 // one_in
    kept: dict[int, int] = defaultdict(int)
    for row in history.rows:
        kept[(row.creation_time - microseconds(START)) // HOUR] += 1
    assert all(abs(kept[hour] - Fraction(requests_per_hour()[hour], one_in)) < 1 for hour in range(HOURS))
    times = [row.creation_time for row in history.rows]
    assert times == sorted(times)


def test_same_arguments_give_the_same_rows() -> None:
    """The history says how thinned it is, and another seed gives another one."""
    made = month(START)
    assert made == month(START)
    assert made.rows != month(START, seed=2).rows
    assert made.thinned == "7,431 of 743,140 requests, 1 in 100"
    assert month(START, one_in=1, hours=range(2)).thinned == "all 85 requests"
    assert (made.late_rows, made.late_costs) == (0, 0)

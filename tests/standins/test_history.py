from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standins.history import HOUR, HOURS, Lateness, month, requests_per_hour, traced_requests
from standins.poe_store import microseconds

START = datetime(2026, 10, 1, tzinfo=UTC)


def test_same_arguments_give_the_same_rows() -> None:
    """The history is the same each time, and another seed gives another one."""
    assert month(START) == month(START)
    assert month(START).rows != month(START, seed=2).rows


@given(one_in=st.integers(300, 3000))
def test_thinning_keeps_the_share_it_says(one_in: int) -> None:
    """Of every `one_in` real requests one is kept, and each hour keeps its share of them."""
    history = month(START, one_in=one_in)
    assert history.requests == sum(requests_per_hour()) == 743_140
    assert len(history.rows) == 743_140 // one_in
    kept: dict[int, int] = defaultdict(int)
    for row in history.rows:
        kept[(row.creation_time - microseconds(START)) // HOUR] += 1
    assert all(abs(kept[hour] - Fraction(requests_per_hour()[hour], one_in)) < 1 for hour in range(HOURS))


def test_thinning_is_said_in_words() -> None:
    """The history says how thinned it is."""
    assert month(START).thinned == "7,431 of 743,140 requests, 1 in 100"
    assert month(START, one_in=1, hours=range(2)).thinned == "all 85 requests"


def test_rows_come_in_order_within_the_hours_asked_for() -> None:
    """Rows come in the order of creation, each within the hours picked, with query ids of their own."""
    rows = month(START, hours=range(235, 237)).rows
    times = [row.creation_time for row in rows]
    assert times == sorted(times)
    assert microseconds(START + timedelta(hours=235)) <= times[0]
    assert times[-1] < microseconds(START + timedelta(hours=237))
    assert len({row.query_id for row in rows}) == len(rows) > 300


def test_makes_tens_of_thousands_of_rows() -> None:
    """Thinned less, a month gives tens of thousands of rows."""
    assert len(month(START, one_in=20).rows) == 37_157


def test_costs_are_plausible() -> None:
    """Small models cost tens of points, the large one thousands where much is asked, in every usage type."""
    rows = month(START).rows
    costs: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        costs[row.bot_name].append(row.cost_points)
    assert mean(costs["Gemini-2.5-Flash"]) < 50 < mean(costs["GPT-5"])
    assert max(costs["Claude-Opus-4.1"]) > 6000
    assert {row.usage_type for row in rows} == {"API", "Chat", "Canvas App"}


def test_each_usage_type_has_its_own_fields() -> None:
    """API rows name their key and money, Chat rows their chat, and no other row does."""
    for row in month(START).rows:
        assert (row.api_key_name is not None) == (row.cost_usd is not None) == (row.usage_type == "API")
        assert (row.chat_name is not None) == (row.usage_type == "Chat")


def test_lateness_keeps_within_its_bounds() -> None:
    """About the shares asked for are late, by no more than asked for."""
    lateness = Lateness(rows=0.1, rows_by=timedelta(minutes=5), costs=0.2, costs_by=timedelta(minutes=10))
    history = month(START, lateness=lateness)
    delays = [(row.visible_at - row.creation_time) for row in history.rows if row.visible_at is not None]
    landings = [
        (row.cost_lands_at - row.creation_time) for row in history.rows if row.cost_lands_at is not None
    ]
    assert (len(delays), len(landings)) == (history.late_rows, history.late_costs)
    assert len(delays) / len(history.rows) == pytest.approx(0.1, rel=0.1)
    assert len(landings) / len(history.rows) == pytest.approx(0.2, rel=0.1)
    assert 0 < min(delays) <= max(delays) <= 300_000_000
    assert 0 < min(landings) <= max(landings) <= 600_000_000


def test_nothing_is_late_unless_asked_for() -> None:
    """Without lateness every row shows at once, with its cost."""
    history = month(START)
    assert (history.late_rows, history.late_costs) == (0, 0)


def test_extract_of_the_traces() -> None:
    """The extract holds a month of hours and requests of one hour, in the order of their arrival."""
    offsets = [request.offset for request in traced_requests()]
    assert len(requests_per_hour()) == HOURS
    assert len(offsets) == 1_103
    assert offsets == sorted(offsets)
    assert offsets[-1] < HOUR

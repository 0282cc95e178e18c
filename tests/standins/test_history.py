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


def test_rows_are_plausible() -> None:
    """Small models cost tens of points, the large one thousands; each usage type has fields of its own."""
    rows = month(START).rows
    costs: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        costs[row.bot_name].append(row.cost_points)
        assert (row.api_key_name is not None) == (row.cost_usd is not None) == (row.usage_type == "API")
        assert (row.chat_name is not None) == (row.usage_type == "Chat")
    assert mean(costs["Gemini-2.5-Flash"]) < 50 < mean(costs["GPT-5"])
    assert max(costs["Claude-Opus-4.1"]) > 6000
    assert {row.usage_type for row in rows} == {"API", "Chat", "Canvas App"}
    assert len({row.query_id for row in rows}) == len(rows)


def test_lateness_keeps_within_its_bounds() -> None:
    """About the shares asked for are late, by no more than asked for."""
    lateness = Lateness(rows=0.1, rows_by=timedelta(minutes=5), costs=0.2, costs_by=timedelta(minutes=10))
    history = month(START, lateness=lateness)
    rows = history.rows
    delays = [row.visible_at - row.creation_time for row in rows if row.visible_at is not None]
    landings = [row.cost_lands_at - row.creation_time for row in rows if row.cost_lands_at is not None]
    assert (len(delays), len(landings)) == (history.late_rows, history.late_costs)
    assert len(delays) / len(rows) == pytest.approx(0.1, rel=0.1)
    assert len(landings) / len(rows) == pytest.approx(0.2, rel=0.1)
    assert 0 < min(delays) <= max(delays) <= 300_000_000
    assert 0 < min(landings) <= max(landings) <= 600_000_000


def test_extract_of_the_traces() -> None:
    """The extract holds a month of hours and requests of one hour, in the order of their arrival."""
    offsets = [request.offset for request in traced_requests()]
    assert len(requests_per_hour()) == HOURS
    assert len(offsets) == 1_103
    assert offsets == sorted(offsets)
    assert offsets[-1] < HOUR

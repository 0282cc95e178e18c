from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3

from standins import poe_faults
from standins.poe_faults import Fault
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = "/usage/points_history?limit=2"


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    """Give a client with the key, without retries."""
    headers = {"Authorization": "Bearer test-key", "Accept-Encoding": "gzip"}
    with urllib3.PoolManager(headers=headers, retries=False, timeout=5) as pool:
        yield pool


def four_rows() -> SimulatedPoe:
    """Return a simulated Poe with the rows d, c, b and a, newest first."""
    at = microseconds(NOW)
    rows = (Row(creation_time=at - age, query_id=name, cost_points=1) for age, name in enumerate("dcba"))
    return SimulatedPoe(rows, clock=lambda: NOW)


def ids(page: dict[str, Any]) -> list[str]:
    """Return the query ids of a page."""
    return [shown["query_id"] for shown in page["data"]]


def faulty(http: urllib3.PoolManager, fault: Fault, path: str = PAGE) -> urllib3.BaseHTTPResponse:
    """Return the answer that this fault gives to a page of a history of four rows."""
    poe = four_rows()
    poe.faults.queue(None, fault)
    with poe.serve() as url:
        assert ids(http.request("GET", url + PAGE).json()) == ["d", "c"]
        return http.request("GET", url + path)


def test_a_slow_drip_arrives_whole_and_does_not_outlive_its_reader(http: urllib3.PoolManager) -> None:
    """The end of serving ends an answer that would drip for hours."""
    assert ids(faulty(http, poe_faults.slow_drip(0.001)).json()) == ["d", "c"]
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        faulty(http.__class__(headers=http.headers, retries=False, timeout=0.05), poe_faults.slow_drip(3600))


def test_faults_of_pages(http: urllib3.PoolManager) -> None:
    """A page can be repeated, cut short, empty with more to come, or silent about what is to come."""
    following = f"{PAGE}&starting_after=c"
    assert ids(faulty(http, poe_faults.repeated_page(), following).json()) == ["d", "c"]
    assert faulty(http, poe_faults.empty_page()).json() == {"has_more": True, "length": 0, "data": []}
    assert "has_more" not in faulty(http, poe_faults.without_has_more()).json()
    short = faulty(http, poe_faults.list_cut_short(1)).json()
    assert (ids(short), short["has_more"]) == (["d"], False)

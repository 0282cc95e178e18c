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


def test_fault_status(http: urllib3.PoolManager) -> None:
    """A status fault answers with its status, headers and body."""
    answer = faulty(http, poe_faults.status(429, b"slow down", {"Retry-After": "2"}))
    assert (answer.status, answer.data, answer.headers["Retry-After"]) == (429, b"slow down", "2")


@pytest.mark.parametrize("fault", [poe_faults.html(200), poe_faults.truncated_json()])
def test_a_fault_can_look_like_a_success(http: urllib3.PoolManager, fault: Fault) -> None:
    """HTML and truncated JSON arrive as a whole answer that cannot be read."""
    answer = faulty(http, fault)
    assert answer.status == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


@pytest.mark.parametrize("fault", [poe_faults.reset(), poe_faults.cut_off()])
def test_fault_broken_connection(http: urllib3.PoolManager, fault: Fault) -> None:
    """A connection can break before the answer and in the middle of it."""
    with pytest.raises(urllib3.exceptions.ProtocolError):
        faulty(http, fault)


def test_a_slow_drip_arrives_whole_and_does_not_outlive_its_reader(http: urllib3.PoolManager) -> None:
    """The end of serving ends an answer that would drip for hours."""
    assert ids(faulty(http, poe_faults.slow_drip(0.001)).json()) == ["d", "c"]
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        faulty(http.__class__(headers=http.headers, retries=False, timeout=0.05), poe_faults.slow_drip(3600))


def test_a_list_can_be_cut_short(http: urllib3.PoolManager) -> None:
    """The page ends earlier than the history, and says that nothing comes after it."""
    short = faulty(http, poe_faults.list_cut_short(1)).json()
    assert (ids(short), short["has_more"]) == (["d"], False)


def test_faults_by_rule(http: urllib3.PoolManager) -> None:
    """A rule decides by the request; without one, every answer is honest."""
    poe = four_rows()
    poe.faults.rule(lambda asked: poe_faults.status(500) if "starting_after" in asked.query else None)
    with poe.serve() as url:
        assert http.request("GET", f"{url}/usage/points_history").status == 200
        assert http.request("GET", f"{url}/usage/points_history?starting_after=a").status == 500
        poe.faults.always(None)
        assert http.request("GET", f"{url}/usage/points_history?starting_after=a").status == 200

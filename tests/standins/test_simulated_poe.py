from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from standins.poe_store import PoeStore, Row, UnknownPosition, microseconds
from standins.simulated_poe import SimulatedPoe

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = 1_000_000
DAY = 86_400 * SECOND


def row(name: str, age: int, **more: Any) -> Row:
    """Return a row created `age` seconds before NOW."""
    return Row(creation_time=microseconds(NOW) - age * SECOND, query_id=name, cost_points=10, **more)


def ids(page: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return the query ids of a page."""
    return [shown["query_id"] for shown in page["data"]]


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    """Give a client with the key, without retries."""
    headers = {"Authorization": "Bearer test-key", "Accept-Encoding": "gzip"}
    with urllib3.PoolManager(headers=headers, retries=False, timeout=5) as pool:
        yield pool


@pytest.mark.parametrize(
    ("limit", "after", "expected", "more"),
    [(20, None, ["c", "b", "a"], False), (2, None, ["c", "b"], True), (2, "b", ["a"], False)],
)
def test_pages(limit: int, after: str | None, expected: list[str], more: bool) -> None:  # noqa: FBT001 -- a case
    """A page is newest first, goes on after the row named, and says whether there are more."""
    page = PoeStore([row("a", 30), row("c", 10), row("b", 20)]).page(NOW, limit, after)
    assert (ids(page), page["has_more"], page["length"]) == (expected, more, len(expected))


@given(
    ages=st.lists(st.integers(0, 50), max_size=30),
    limit=st.integers(1, 7),
)
def test_paging_meets_every_row_once(ages: list[int], limit: int) -> None:
    """Following the last row of each page meets every row once, newest first, equal instants included."""
    store = PoeStore(row(str(number), age) for number, age in enumerate(ages))
    met: list[str] = []
    more = True
    while more:
        page = store.page(NOW, limit, met[-1] if met else None)
        met += ids(page)
        more = page["has_more"]
    assert sorted(met) == sorted(map(str, range(len(ages))))
    assert [ages[int(name)] for name in met] == sorted(ages)


@pytest.mark.parametrize(
    ("age", "seen"), [(-1, False), (0, True), (30 * 86_400, True), (30 * 86_400 + 1, False)]
)
def test_keeps_thirty_days(age: int, seen: bool) -> None:  # noqa: FBT001 -- a case
    """The list holds what was created by now and not more than 30 days ago."""
    assert bool(ids(PoeStore([row("a", age)]).page(NOW))) is seen


def test_late_row_appears_behind_rows_already_read() -> None:
    """A late row shows up in its place by creation time, once its time has come."""
    store = PoeStore([row("a", 30), row("late", 20, visible_at=microseconds(NOW)), row("b", 10)])
    assert ids(store.page(NOW - timedelta(seconds=1))) == ["b", "a"]
    assert ids(store.page(NOW)) == ["b", "late", "a"]


def test_late_cost_is_zero_until_it_lands() -> None:
    """A late cost shows as 0 points and without money before it lands."""
    store = PoeStore([row("a", 60, cost_usd="0.12", cost_lands_at=microseconds(NOW))])
    (early,) = store.page(NOW - timedelta(seconds=1))["data"]
    (landed,) = store.page(NOW)["data"]
    assert (early["cost_points"], "cost_usd" in early) == (0, False)
    assert (landed["cost_points"], landed["cost_usd"]) == (10, "0.12")


def test_total_is_what_a_perfect_reader_has_counted() -> None:
    """The total leaves out what is hidden or not landed yet, and keeps what Poe keeps no longer."""
    soon = microseconds(NOW) + SECOND
    rows = [
        row("old", 40 * 86_400),
        row("a", 60),
        row("b", 60, visible_at=soon),
        row("c", 60, cost_lands_at=soon),
    ]
    store = PoeStore(rows)
    assert store.total(NOW) == 20
    assert store.total(NOW, since=NOW - timedelta(days=1)) == 10
    assert store.total(NOW + timedelta(seconds=1)) == 40


@pytest.mark.parametrize(
    ("unknown", "expected"), [(UnknownPosition.EMPTY, []), (UnknownPosition.RESTART, ["b", "a"])]
)
@pytest.mark.parametrize("after", ["never", "expired", "hidden"])
def test_unknown_position(unknown: UnknownPosition, expected: list[str], after: str) -> None:
    """A position that was never there, expired or is hidden gets what the mode says."""
    hidden = row("hidden", 15, visible_at=microseconds(NOW) + SECOND)
    store = PoeStore([row("expired", 31 * 86_400), row("a", 20), hidden, row("b", 10)], unknown)
    assert ids(store.page(NOW, 20, after)) == expected


def test_unknown_position_is_refused_by_default() -> None:
    """Without a mode, a position that is not in the list is an error."""
    with pytest.raises(LookupError, match="starting_after"):
        PoeStore([row("a", 20)]).page(NOW, 20, "never")


def test_a_page_of_a_long_history_is_cut_without_passing_over_it() -> None:
    """A thousand pages out of 100,000 rows touch little more than the rows that they show."""
    touched = 0

    class Counted(Row, frozen=True):
        def seen(self, now: int) -> bool:
            nonlocal touched
            touched += 1
            return super().seen(now)

    store = PoeStore(
        Counted(creation_time=microseconds(NOW) - age * SECOND, query_id=str(age), cost_points=1)
        for age in range(100_000)
    )
    for place in range(99, 100_000, 100):
        store.page(NOW, 100, str(place))
    assert touched < 110_000


def test_http_serves_pages_and_records_what_was_asked(http: urllib3.PoolManager) -> None:
    """Over HTTP the pages are the same, over one connection, and each request is recorded with its time."""
    poe = SimulatedPoe((row(str(age), age) for age in range(150)), clock=lambda: NOW)
    with poe.serve() as url:
        first = http.request("GET", f"{url}/usage/points_history?limit=100")
        second = http.request("GET", f"{url}/usage/points_history?limit=100&starting_after=99")
        connections = http.connection_from_url(url).num_connections
    assert (first.json(), second.json()) == (poe.page(100), poe.page(100, "99"))
    assert first.headers["Content-Encoding"] == "gzip"
    assert [(asked.after, asked.time) for asked in poe.requests] == [(None, NOW), ("99", NOW)]
    assert connections == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/usage/points_history?limit=0", 400),
        ("/usage/points_history?limit=101", 400),
        ("/usage/points_history?limit=ten", 400),
        ("/usage/points_history?starting_after=never", 400),
        ("/usage", 404),
    ],
)
def test_http_refuses_wrong_requests(http: urllib3.PoolManager, path: str, status: int) -> None:
    """A wrong limit, position or path gets an error with a body of JSON."""
    with SimulatedPoe(clock=lambda: NOW).serve() as url:
        answer = http.request("GET", url + path)
    assert answer.status == status
    assert answer.json()["error"]["code"] == status


@pytest.mark.parametrize("header", ["", "Bearer other", "Basic test-key"])
def test_http_refuses_a_wrong_key(http: urllib3.PoolManager, header: str) -> None:
    """A missing, wrong or revoked key gets 401."""
    poe = SimulatedPoe(clock=lambda: NOW)
    with poe.serve() as url:
        answer = http.request("GET", f"{url}/usage/points_history", headers={"Authorization": header})
        poe.keys = {"rotated"}
        revoked = http.request("GET", f"{url}/usage/points_history")
    assert (answer.status, revoked.status) == (401, 401)
    assert answer.json()["error"]["type"] == "authentication_error"

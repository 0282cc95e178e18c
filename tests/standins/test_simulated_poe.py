from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3
from hypothesis import given, strategies as st

from standins import poe_faults
from standins.poe_faults import Fault
from standins.poe_store import Grants, PoeAccount, Row, Shown, UnknownPosition, microseconds
from standins.simulated_poe import SimulatedPoe
from standins.ticking import SimulatedClock

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = microseconds(NOW) + 1_000_000
SECOND, DAY = timedelta(seconds=1), 86_400
BALANCE, PAGE = "/usage/current_balance", "/usage/points_history"


def row(name: str, age: int, **more: Any) -> Row:
    """Return a row created `age` seconds before NOW."""
    return Row(creation_time=microseconds(NOW - age * SECOND), query_id=name, cost_points=10, **more)


def ids(page: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return the query ids of a page."""
    return [shown["query_id"] for shown in page["data"]]


def shown(account: PoeAccount, now: datetime = NOW, spent: int = 0) -> dict[str, Any]:
    """Give what an account answers, which has to be something."""
    answer = account.answer(now, spent)
    assert answer is not None
    return answer


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    """Give a client with the key, without retries."""
    headers = {"Authorization": "Bearer test-key", "Accept-Encoding": "gzip"}
    with urllib3.PoolManager(headers=headers, retries=False, timeout=5) as pool:
        yield pool


@given(ages=st.lists(st.integers(0, 50), max_size=30), limit=st.integers(1, 7))
def test_paging_meets_every_row_once(ages: list[int], limit: int) -> None:
    """Following the last row of each page meets every row once, newest first, equal instants included."""
    store = SimulatedPoe((row(str(number), age) for number, age in enumerate(ages)), clock=lambda: NOW)
    met: list[str] = []
    more = True
    while more:
        page = store.page(limit, met[-1] if met else None)
        assert page["length"] == len(page["data"]) <= limit
        met += ids(page)
        more = page["has_more"]
    assert sorted(met) == sorted(map(str, range(len(ages))))
    assert [ages[int(name)] for name in met] == sorted(ages)


def test_keeps_thirty_days() -> None:
    """The list holds what was created by now and not more than 30 days ago."""
    ages = {"future": -1, "now": 0, "oldest": 30 * DAY, "older": 30 * DAY + 1}
    poe = SimulatedPoe((row(name, age) for name, age in ages.items()), clock=lambda: NOW)
    assert ids(poe.page()) == ["now", "oldest"]


def test_rows_and_costs_may_come_late() -> None:
    """A late row shows up in its place by creation time; a late cost is 0 points without money until then."""
    late = row("late", 20, visible_at=LATER, cost_lands_at=LATER + 1_000_000, cost_usd="0.12")
    clock = SimulatedClock(NOW)
    poe = SimulatedPoe([row("a", 30), late, row("b", 10)], clock=clock)
    assert ids(poe.page()) == ["b", "a"]
    pages = []
    for _ in range(2):
        clock.now += SECOND
        pages.append(poe.page())
    assert [ids(page) for page in pages] == [["b", "late", "a"]] * 2
    late_rows = [page["data"][1] for page in pages]
    assert [(one["cost_points"], one.get("cost_usd")) for one in late_rows] == [(0, None), (10, "0.12")]


def test_total_is_what_a_perfect_reader_has_counted() -> None:
    """The total leaves out what is hidden or not landed yet, and keeps what Poe keeps no longer."""
    late = [row("b", 60, visible_at=LATER), row("c", 60, cost_lands_at=LATER)]
    store = SimulatedPoe([row("old", 40 * DAY), row("a", 60), *late], clock=lambda: NOW)
    assert store.total() == 20
    assert store.total(since=NOW - timedelta(days=1)) == 10
    store.clock = lambda: NOW + SECOND
    assert store.total() == 40


@pytest.mark.parametrize("after", ["never", "expired", "hidden"])
def test_unknown_position(after: str) -> None:
    """A position that was never there, expired or is hidden gets what the mode says."""
    rows = [row("expired", 31 * DAY), row("a", 20), row("hidden", 15, visible_at=LATER), row("b", 10)]
    poe = SimulatedPoe(rows, clock=lambda: NOW)
    with pytest.raises(LookupError, match="starting_after"):
        poe.page(20, after)
    poe.unknown = UnknownPosition.EMPTY
    assert ids(poe.page(20, after)) == []
    poe.unknown = UnknownPosition.RESTART
    assert ids(poe.page(20, after)) == ["b", "a"]


def test_http_serves_pages_and_records_what_was_asked(http: urllib3.PoolManager) -> None:
    """Over HTTP the pages are the same, over one connection, and each request is recorded with its time."""
    poe = SimulatedPoe((row(str(age), age) for age in range(150)), clock=lambda: NOW)
    with poe.serve() as url:
        first = http.request("GET", f"{url}{PAGE}?limit=100")
        second = http.request("GET", f"{url}{PAGE}?limit=100&starting_after=99")
        connections = http.connection_from_url(url).num_connections
    assert (first.json(), second.json()) == (poe.page(100), poe.page(100, "99"))
    assert first.headers["Content-Encoding"] == "gzip"
    assert [(asked.after, asked.time) for asked in poe.requests] == [(None, NOW), ("99", NOW)]
    assert connections == 1


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        (f"{PAGE}?limit=0", "test-key", 400),
        (f"{PAGE}?limit=101", "test-key", 400),
        (f"{PAGE}?limit=ten", "test-key", 400),
        (f"{PAGE}?starting_after=never", "test-key", 400),
        ("/usage", "test-key", 404),
        (PAGE, "other", 401),
        (BALANCE, "other", 401),
    ],
)
def test_http_refuses_wrong_requests(http: urllib3.PoolManager, path: str, key: str, status: int) -> None:
    """A wrong limit, position, path or key gets an error with a body of JSON."""
    with SimulatedPoe(clock=lambda: NOW).serve() as url:
        answer = http.request("GET", url + path, headers={"Authorization": f"Bearer {key}"})
    assert answer.status == answer.json()["error"]["code"] == status


def test_the_balance_falls_with_what_entries_cost_and_with_what_no_entry_says() -> None:
    """Also where the list does not show an entry yet; a late cost when it lands; nothing from before."""
    account = PoeAccount(1000, Grants.MONTHLY, NOW - timedelta(hours=1))
    rows = [row("late", 60, visible_at=LATER), row("cost", 60, cost_lands_at=LATER), row("future", -60)]
    poe = SimulatedPoe([*rows, row("before", 7200)], clock=lambda: NOW, account=account)
    assert poe.left() == 990
    poe.account.charge(300)
    poe.clock = lambda: NOW + SECOND
    assert poe.left() == 680


@pytest.mark.parametrize(
    ("begins", "now", "left", "following"),
    [
        ("2026-10-17T11:35", "2026-10-17T11:34", 0, "2026-10-17T11:35"),
        ("2026-10-17T11:35", "2026-11-17T11:35", 200, "2026-12-17T11:35"),
        ("2027-01-31T08:00", "2027-02-01T00:00", 100, "2027-02-28T08:00"),
        ("2027-01-31T08:00", "2027-02-28T08:00", 200, "2027-03-31T08:00"),
    ],
)
def test_monthly_grants(begins: str, now: str, left: int, following: str) -> None:
    """Points come when the plan begins and each month after it, on the last day of a shorter month."""
    at, start, then = (datetime.fromisoformat(f"{one}+00:00") for one in (now, begins, following))
    answer = shown(PoeAccount(100, Grants.MONTHLY, start), at)
    assert answer["current_point_balance"] == left
    assert answer["next_monthly_grant_time"] == microseconds(then)


@pytest.mark.parametrize(
    ("how", "status"), [(Shown.NOT_AT_ALL, 404), (Shown.GARBLED, 200), (Shown.WHOLE, 200)]
)
def test_the_answer_can_be_missing_or_garbled(http: urllib3.PoolManager, how: Shown, status: int) -> None:
    """Most of this answer is not documented: it may not come, or in another shape."""
    with SimulatedPoe(clock=lambda: NOW, account=PoeAccount(shown=how)).serve() as url:
        answer = http.request("GET", url + BALANCE)
    assert answer.status == status
    assert isinstance(answer.json().get("current_point_balance"), int) is (how is Shown.WHOLE)


def test_faults_of_the_balance_are_scripted_apart(http: urllib3.PoolManager) -> None:
    """What is scripted for pages does not happen to the balance, nor the other way."""
    poe = SimulatedPoe([row("a", 60)], clock=lambda: NOW)
    poe.faults.queue(poe_faults.status(500))
    poe.balance_faults.queue(None, poe_faults.status(429))
    with poe.serve() as url:
        balances = [http.request("GET", url + BALANCE).status for _ in range(3)]
        pages = [http.request("GET", url + PAGE).status for _ in range(2)]
    assert (balances, pages) == ([200, 429, 200], [500, 200])
    assert (len(poe.balance_requests), len(poe.requests)) == (3, 2)


def four_rows() -> SimulatedPoe:
    """Return a simulated Poe with the rows d, c, b and a, newest first."""
    return SimulatedPoe((row(name, age) for age, name in enumerate("dcba")), clock=lambda: NOW)


def faulty(http: urllib3.PoolManager, fault: Fault) -> urllib3.BaseHTTPResponse:
    """Return the answer that this fault gives to a page of a history of four rows."""
    poe = four_rows()
    poe.faults.queue(None, fault)
    with poe.serve() as url:
        assert ids(http.request("GET", f"{url}{PAGE}?limit=2").json()) == ["d", "c"]
        return http.request("GET", f"{url}{PAGE}?limit=2")


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
        assert http.request("GET", f"{url}{PAGE}").status == 200
        assert http.request("GET", f"{url}{PAGE}?starting_after=a").status == 500
        poe.faults.always(None)
        assert http.request("GET", f"{url}{PAGE}?starting_after=a").status == 200

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from standins.poe_store import PoeStore, Row, microseconds
from standins.simulated_poe import PoeAccount, SimulatedPoe

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


def test_keeps_thirty_days() -> None:
    """The list holds what was created by now and not more than 30 days ago."""
    ages = {"future": -1, "now": 0, "oldest": 30 * DAY, "older": 30 * DAY + 1}
    assert ids(PoeStore(row(name, age) for name, age in ages.items()).page(NOW)) == ["now", "oldest"]


def test_rows_and_costs_may_come_late() -> None:
    """A late row shows up in its place by creation time; a late cost is 0 points without money until then."""
    late = row("late", 20, visible_at=LATER, cost_lands_at=LATER + 1_000_000, cost_usd="0.12")
    store = PoeStore([row("a", 30), late, row("b", 10)])
    assert ids(store.page(NOW)) == ["b", "a"]
    pages = [store.page(NOW + seconds * SECOND) for seconds in (1, 2)]
    assert [ids(page) for page in pages] == [["b", "late", "a"]] * 2
    late_rows = [page["data"][1] for page in pages]
    assert [(one["cost_points"], one.get("cost_usd")) for one in late_rows] == [(0, None), (10, "0.12")]


def test_total_is_what_a_perfect_reader_has_counted() -> None:
    """The total leaves out what is hidden or not landed yet, and keeps what Poe keeps no longer."""
    late = [row("b", 60, visible_at=LATER), row("c", 60, cost_lands_at=LATER)]
    store = PoeStore([row("old", 40 * DAY), row("a", 60), *late])
    assert store.total(NOW) == 20
    assert store.total(NOW, since=NOW - timedelta(days=1)) == 10
    assert store.total(NOW + SECOND) == 40


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

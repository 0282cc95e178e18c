"""What the simulated Poe answers to the question for the balance."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from standins import poe_faults
from standins.poe_store import Row, microseconds
from standins.simulated_poe import Grants, PoeAccount, Shown, SimulatedPoe

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BALANCE = "/usage/current_balance"
PAGE = "/usage/points_history"


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    """Give a client with the key, without retries."""
    with urllib3.PoolManager(headers={"Authorization": "Bearer test-key"}, retries=False, timeout=5) as pool:
        yield pool


def row(name: str, at: datetime, points: int = 10, **more: Any) -> Row:
    """Give a row created at an instant."""
    return Row(creation_time=microseconds(at), query_id=name, cost_points=points, **more)


def shown(account: PoeAccount, now: datetime = NOW, spent: int = 0) -> dict[str, Any]:
    """Give what an account answers, which has to be something."""
    answer = account.answer(now, spent)
    assert answer is not None
    return answer


def test_the_balance_falls_with_what_the_entries_cost() -> None:
    """What was created by now has been taken off, also where the list does not show it yet."""
    rows = [row("a", NOW - HOUR), row("late", NOW - HOUR, 5, visible_at=microseconds(NOW + HOUR))]
    poe = SimulatedPoe([*rows, row("future", NOW + HOUR)], clock=lambda: NOW, account=PoeAccount(1000))
    assert poe.left() == 985


def test_a_late_cost_is_taken_off_when_it_lands() -> None:
    """Until then the query has cost nothing."""
    late = row("a", NOW - HOUR, cost_lands_at=microseconds(NOW))
    poe = SimulatedPoe([late], clock=lambda: NOW - timedelta(minutes=1), account=PoeAccount(1000))
    assert poe.left() == 1000
    poe.clock = lambda: NOW
    assert poe.left() == 990


def test_points_can_vanish_without_history() -> None:
    """A charge is taken off, and no entry says so."""
    poe = SimulatedPoe(clock=lambda: NOW, account=PoeAccount(1000))
    poe.account.charge(300)
    assert (poe.left(), poe.page()["data"]) == (700, [])


def test_what_was_created_before_the_account_begins_costs_nothing() -> None:
    """A long history can stand beside a plan that began yesterday."""
    account = PoeAccount(1000, Grants.MONTHLY, NOW - HOUR)
    rows = [row("before", NOW - 2 * HOUR), row("since", NOW - HOUR, 7)]
    assert SimulatedPoe(rows, clock=lambda: NOW, account=account).left() == 993


@pytest.mark.parametrize(
    ("begins", "now", "left", "following"),
    [
        ("2026-10-17T11:35", "2026-10-17T11:34", 0, "2026-10-17T11:35"),
        ("2026-10-17T11:35", "2026-10-17T11:35", 100, "2026-11-17T11:35"),
        ("2026-10-17T11:35", "2026-11-17T11:35", 200, "2026-12-17T11:35"),
        ("2027-01-31T08:00", "2027-02-01T00:00", 100, "2027-02-28T08:00"),
        ("2027-01-31T08:00", "2027-02-28T08:00", 200, "2027-03-31T08:00"),
        ("2026-11-30T08:00", "2026-12-30T08:00", 200, "2027-01-30T08:00"),
    ],
)
def test_monthly_grants(begins: str, now: str, left: int, following: str) -> None:
    """Points come when the plan begins and each month after it, on the last day of a shorter month."""
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    account = PoeAccount(100, Grants.MONTHLY, datetime.fromisoformat(begins).replace(tzinfo=UTC))
    answer = shown(account, instant)
    assert answer["current_point_balance"] == left
    assert answer["next_monthly_grant_time"] == microseconds(
        datetime.fromisoformat(following).replace(tzinfo=UTC)
    )
    assert (answer["next_monthly_grant_amount"], answer["next_daily_grant_time"]) == (100, 0)


def test_an_account_without_a_plan_has_no_grants() -> None:
    """Points that were bought once are all there is."""
    answer = shown(PoeAccount(1000, bought=50, auto_recharge=True), spent=100)
    assert (answer["current_point_balance"], answer["plan_points_balance"]) == (950, 900)
    assert (answer["addon_point_balance"], answer["auto_recharge"]) == (50, {"enabled": True})
    assert (answer["next_daily_grant_time"], answer["next_monthly_grant_time"]) == (0, 0)


def test_the_balance_may_be_asked_for_over_http(http: urllib3.PoolManager) -> None:
    """It is answered to the key, and kept apart from the requests for pages."""
    poe = SimulatedPoe([row("a", NOW - HOUR)], clock=lambda: NOW, account=PoeAccount(1000))
    with poe.serve() as url:
        answer = http.request("GET", url + BALANCE)
        refused = http.request("GET", url + BALANCE, headers={"Authorization": "Bearer other"})
    assert (answer.status, refused.status) == (200, 401)
    assert answer.json()["current_point_balance"] == 990
    assert [(asked.path, asked.authorized) for asked in poe.balance_requests] == [
        (BALANCE, True),
        (BALANCE, False),
    ]
    assert poe.requests == []


@pytest.mark.parametrize(
    ("how", "status", "named"),
    [(Shown.NOT_AT_ALL, 404, ["error"]), (Shown.GARBLED, 200, ["current_point_balance"])],
)
def test_the_answer_can_be_missing_or_garbled(
    http: urllib3.PoolManager, how: Shown, status: int, named: list[str]
) -> None:
    """Most of this answer is not documented: it may not come, or in another shape."""
    poe = SimulatedPoe(clock=lambda: NOW, account=PoeAccount(shown=how))
    with poe.serve() as url:
        answer = http.request("GET", url + BALANCE)
    assert answer.status == status
    assert not isinstance(answer.json()[named[0]], int)


def test_faults_of_the_balance_are_scripted_apart(http: urllib3.PoolManager) -> None:
    """What is scripted for pages does not happen to the balance, nor the other way."""
    poe = SimulatedPoe([row("a", NOW - HOUR)], clock=lambda: NOW)
    poe.faults.queue(poe_faults.status(500))
    poe.balance_faults.queue(None, poe_faults.status(429), poe_faults.repeated_page())
    with poe.serve() as url:
        balances = [http.request("GET", url + BALANCE).status for _ in range(3)]
        pages = [http.request("GET", url + PAGE).status for _ in range(2)]
    assert (balances, pages) == ([200, 429, 200], [500, 200])

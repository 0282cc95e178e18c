from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from budget_alert.rules.reconciliation import Reconciliation, reckoned
from budget_alert.usage.balance import PoeBalance
from tests.support.account import DAY, HOUR, MINUTE
from tests.support.histories import START

TICK = 5 * MINUTE


def run(ticks: int, fall: list[int], counted: list[int], grant: timedelta | None = None) -> Reconciliation:
    """Reckon tick after tick: the balance falls by `fall` in each, the history grows by `counted`."""
    known, left, total = None, 10_000_000, 0
    for tick in range(ticks):
        left -= fall[tick] if tick < len(fall) else 0
        total += counted[tick] if tick < len(counted) else 0
        now = START + tick * TICK
        balance = PoeBalance(points=left, next_monthly_grant=START + grant if grant else None)
        known = reckoned(known, balance, total, now)
    assert known is not None
    return known


@given(st.lists(st.integers(0, 500), min_size=60, max_size=80))
def test_a_balance_that_falls_by_what_is_counted_is_explained(spent: list[int]) -> None:
    """Where history and balance agree, nothing is unexplained."""
    assert run(len(spent), spent, spent).unexplained == 0


@given(st.lists(st.integers(0, 500), min_size=60, max_size=80), st.integers(1, 6))
@example([1] * 13 + [0] * 47, 1)
def test_costs_that_land_later_in_the_history_are_no_difference_that_lasts(
    spent: list[int], late: int
) -> None:
    """While points are on their way into the history nothing is told of them."""
    assert run(len(spent), spent, [0] * late + spent).unexplained == 0


def test_points_that_vanish_are_a_lasting_difference() -> None:
    """What the history never explains is reckoned after two hours at the latest, and stays."""
    vanished = [0] * 10 + [700]
    assert run(12, vanished, []).unexplained == 0
    assert run(50, vanished, []).unexplained == 700
    assert run(200, vanished, []).unexplained == 700


def test_a_history_that_explains_more_than_the_balance_fell_by_is_negative() -> None:
    """The other way round the difference is negative."""
    assert run(70, [], [0] * 20 + [40]).unexplained == -40


def test_a_difference_that_goes_away_is_forgotten() -> None:
    """Once the history has caught up, nothing is unexplained."""
    assert run(120, [0] * 10 + [700], [0] * 60 + [700]).unexplained == 0


def test_a_grant_makes_a_new_baseline() -> None:
    """After a grant, or where the balance rises, reckoning begins anew."""
    assert run(200, [0] * 10 + [700], [], grant=10 * HOUR).unexplained == 0
    assert run(200, [0] * 10 + [700] + [0] * 100 + [-5_000], []).unexplained == 0


def test_a_quiet_account_changes_nothing_but_at_the_end_of_a_span() -> None:
    """Where nothing moves within a span, what is remembered stays the same, and need not be written."""
    balance = PoeBalance(points=100)
    known = reckoned(None, balance, 0, START)
    assert reckoned(known, balance, 0, START + HOUR - TICK) == known
    assert reckoned(known, balance, 0, START + DAY) != known

from datetime import timedelta

import msgspec
import pytest

from budget_alert.alerts import Alert, BalanceAlert, Severity
from budget_alert.rules.balance import MOST_A_TICK
from budget_alert.rules.notified import Low
from budget_alert.usage.entries import PoeBalance
from tests.support.account import DAY, HOUR, MINUTE, Account, monitored
from tests.support.histories import START

BELOW = '[[balance]]\nname = "Dry"\nbelow = 1_000\n'
RUNWAY = '[[balance]]\nname = "Short"\nrunway = "3d"\n'


def left(account: Account, points: int, **more: object) -> list[Alert]:
    """Let Poe say that so much is left, and evaluate a tick later."""
    account.balance = msgspec.convert({"points": points, **more}, PoeBalance)
    return account.tick(account.now + 5 * MINUTE)


def test_a_balance_below_its_level_is_sent_once_and_again_after_it_was_refilled() -> None:
    """Below means fewer; refilled means a tenth more, and of what was sent nothing is sent within a day."""
    account = monitored(BELOW)
    assert left(account, 1_000) == []
    (alert,) = left(account, 999)
    assert isinstance(alert, BalanceAlert)
    assert (alert.severity, alert.figures.needed) == (Severity.WARNING, 1_000)
    assert (alert.balance.points, alert.balance.below) == (999, 1_000)
    assert left(account, 10) == []
    assert [left(account, points) for points in (1_099, 999, 5_000, 500)] == [[]] * 4
    account.now += DAY - 35 * MINUTE
    assert left(account, 400) == []
    assert len(left(account, 400)) == 1
    account.now += 2 * DAY
    assert [left(account, points) for points in (1_099, 999)] == [[]] * 2
    assert left(account, 1_100) == []
    assert len(left(account, 999)) == 1


def test_a_balance_that_is_low_again_is_sent_when_its_day_is_over_though_nothing_changes() -> None:
    """The end of the rest is remembered, so that no quiet tick passes it over."""
    account = monitored(BELOW)
    left(account, 999)
    sent_at = account.now
    left(account, 5_000)
    left(account, 500)
    assert account.memory.rests_until == sent_at + DAY
    assert len(account.tick(sent_at + DAY)) == 1
    assert account.memory.rests_until is None


def test_what_an_older_release_has_sent_of_a_balance_is_not_sent_again() -> None:
    """It did not remember when; a refill re-arms it at once, as it did then."""
    account = monitored(BELOW)
    (rule,) = account.config.balances
    account.memory = msgspec.structs.replace(
        account.memory, low={rule.fingerprint: msgspec.convert({"below": True}, Low)}
    )
    assert left(account, 999) == []
    assert left(account, 1_100) == []
    assert len(left(account, 999)) == 1


def test_a_short_runway_is_sent_at_the_pace_of_the_last_24_hours() -> None:
    """What was spent longer ago plays no part in the pace."""
    account = monitored(RUNWAY)
    account.spend(100_000, START)
    account.now = START + 2 * DAY
    account.spend(100, account.now - HOUR)
    assert left(account, 301) == []
    (alert,) = left(account, 299)
    assert isinstance(alert, BalanceAlert)
    assert (alert.balance.pace, alert.balance.runway) == (100, timedelta(days=3))
    assert alert.balance.lasts is not None
    assert timedelta(days=2.9) < alert.balance.lasts < timedelta(days=3)


def test_a_runway_that_trembles_around_its_length_is_sent_once() -> None:
    """It has to grow by a quarter before it counts as long enough again."""
    account = monitored(RUNWAY)
    account.spend(100)
    assert len(left(account, 290)) == 1
    assert [left(account, points) for points in (310, 290, 370, 290)] == [[]] * 4
    assert [left(account, points) for points in (380, 290)] == [[]] * 2
    account.now += DAY - 5 * MINUTE
    account.spend(100)
    assert len(left(account, 290)) == 1


def test_points_that_come_in_time_make_any_runway_long_enough() -> None:
    """Up to the next grant is what a runway has to last; lasting just until then ends nothing."""
    account = monitored(RUNWAY)
    account.spend(100)
    assert left(account, 100, next_monthly_grant=START + 20 * HOUR) == []
    (alert,) = left(account, 100, next_monthly_grant=START + 2 * DAY, monthly_grant=1_000_000)
    assert isinstance(alert, BalanceAlert)
    assert (alert.balance.next_grant, alert.balance.grant) == (START + 2 * DAY, 1_000_000)
    trembling = (210, 190, 205, 195)
    assert [left(account, points, next_monthly_grant=START + 2 * DAY) for points in trembling] == [[]] * 4


def test_a_pace_that_is_not_up_to_date_is_no_all_clear() -> None:
    """While Poe's history cannot be read, usage seems to end: that re-arms nothing."""
    account = monitored(RUNWAY)
    account.spend(100)
    assert len(left(account, 100)) == 1
    account.reads = False
    account.now = START + 2 * DAY
    assert left(account, 100) == []
    account.reads = True
    account.spend(100)
    assert left(account, 100) == []


@pytest.mark.parametrize("ticks", [1, 2])
def test_more_rules_than_a_tick_sends_are_sent_by_the_next(ticks: int) -> None:
    """No rule is forgotten, and none is sent twice."""
    rules = "".join(f'[[balance]]\nname = "{number}"\nbelow = 10\n' for number in range(8))
    account = monitored(rules)
    sent = [alert.rule for _ in range(ticks) for alert in left(account, 1)]
    assert sent == [str(number) for number in range(8)][: ticks * MOST_A_TICK]


DAILY = {"next_daily_grant": START + DAY, "daily_grant": 300}
GRANTS: dict[str, tuple[dict[str, object], tuple[object, object]]] = {
    "of two the monthly one": (
        {**DAILY, "next_monthly_grant": START + 9 * DAY, "monthly_grant": 1_000},
        (START + 9 * DAY, 1_000),
    ),
    "one whose time has passed says nothing": ({**DAILY, "next_monthly_grant": START}, (START + DAY, 300)),
    "none": ({}, (None, None)),
}


@pytest.mark.parametrize(("grants", "expected"), GRANTS.values(), ids=GRANTS)
def test_the_next_grant_is_named_and_an_empty_account_is_critical(
    grants: dict[str, object], expected: tuple[object, object]
) -> None:
    """A runway has to last until the plan's points come, whatever trickles in daily."""
    (alert,) = left(monitored(BELOW), -5, **grants)
    assert isinstance(alert, BalanceAlert)
    assert (alert.balance.next_grant, alert.balance.grant) == expected
    assert alert.severity is Severity.CRITICAL


def test_what_is_not_known_sends_nothing_and_re_arms_nothing() -> None:
    """Without a pace, or with a negative one, there is no end; without a balance, nothing changes."""
    account = monitored(RUNWAY)
    assert left(account, 1) == []
    account.spend(-50)
    assert left(account, 1) == []
    account = monitored(BELOW)
    assert len(left(account, 5)) == 1
    account.balance = None
    assert account.tick(account.now + HOUR) == []
    assert left(account, 5) == []

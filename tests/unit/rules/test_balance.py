import msgspec
import pytest

from budget_alert.alerts import Alert, BalanceAlert, Severity
from budget_alert.rules.balance import MOST_A_TICK
from budget_alert.rules.notified import Low
from budget_alert.usage.entries import PoeBalance
from tests.support.account import DAY, HOUR, MINUTE, Account, cases, looks, monitored, sole
from tests.support.histories import START

BELOW = '[[balance]]\nname = "Dry"\nbelow = 1_000\n'
RUNWAY = '[[balance]]\nname = "Short"\nrunway = "3d"\n'


def left(account: Account, points: int, **more: object) -> list[Alert]:
    """Let Poe say that so much is left, and evaluate a tick later."""
    account.balance = msgspec.convert({"points": points, **more}, PoeBalance)
    return account.tick(account.now + 5 * MINUTE)


SCENARIOS = {
    BELOW: {
        "refilled, and low again": (
            "5m =1000, 10m =999 -> balance, 15m =10, 20m =1099, 25m =999, 30m =5000, 35m =500, 1d5m =400, "
            "1d10m =400 -> balance, 3d15m =1099, 3d20m =999, 3d25m =1100, 3d30m =999 -> balance"
        ),
        "not known meanwhile": "5m =5 -> balance, 1h5m =, 1h10m =5",
    },
    RUNWAY: {
        "it trembles": (
            "5m 100@0m =290 -> balance, 10m =310, 15m =290, 20m =370, 25m =290, 30m =380, 35m =290, "
            "1d35m 100@1d30m =290 -> balance, 3d 100@68h =310, 3d5m =290"
        ),
        "no pace, or a negative one": "5m =1, 10m -50@5m =1",
        "at the pace of the last 24 hours": ("2d5m 100000@0m 100@47h =301, 2d10m =299 -> balance"),
    },
}


@pytest.mark.parametrize(("config", "text"), cases(SCENARIOS))
def test_what_is_left_is_sent_once_until_there_is_enough_again(config: str, text: str) -> None:
    """Below means fewer; enough is a tenth more, or a quarter longer, and nothing is sent twice in a day."""
    looks(monitored(config), text)


@pytest.mark.parametrize(("points", "severity"), [(999, Severity.WARNING), (-5, Severity.CRITICAL)])
def test_an_alert_says_what_is_left_and_how_long_it_lasts(points: int, severity: Severity) -> None:
    """An empty account is critical."""
    account = monitored(f'{BELOW}runway = "30d"\n')
    account.spend(100)
    alert = sole(left(account, points), BalanceAlert)
    assert (alert.severity, alert.figures.needed) == (severity, 1_000)
    assert (alert.balance.points, alert.balance.below, alert.balance.pace) == (points, 1_000, 100)
    assert (alert.balance.runway, alert.balance.lasts) == (30 * DAY, max(points, 0) * DAY / 100)


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


def test_points_that_come_in_time_make_any_runway_long_enough() -> None:
    """Up to the next grant is what a runway has to last; lasting just until then ends nothing."""
    account = monitored(RUNWAY)
    account.spend(100)
    assert left(account, 100, next_monthly_grant=START + 20 * HOUR) == []
    grant = {"next_monthly_grant": START + 2 * DAY, "monthly_grant": 1_000_000}
    alert = sole(left(account, 100, **grant), BalanceAlert)
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
def test_the_next_grant_is_named(grants: dict[str, object], expected: tuple[object, object]) -> None:
    """A runway has to last until the plan's points come, whatever trickles in daily."""
    balance = sole(left(monitored(BELOW), -5, **grants), BalanceAlert).balance
    assert (balance.next_grant, balance.grant) == expected

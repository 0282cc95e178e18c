"""Budgets whose sum is not whole: they say "at least", may alert, and do not re-arm."""

from datetime import UTC, datetime

import pytest

from budget_alert.alerts import WelcomeAlert
from budget_alert.messages.compose import compose
from budget_alert.usage.missing import Why
from budget_alert.usage.state import State
from tests.support.account import DAY, HOUR, MINUTE, Account, budget, looks, monitored, sole
from tests.support.histories import START

ROLLING = budget("24h", more='alert_at = ["100%"]')


def test_a_month_that_began_before_the_first_reading_is_partial() -> None:
    """First read on 31 October at 13:00, nothing is known of 1 October before 13:00: for that month only."""
    first = datetime(2026, 10, 31, 13, tzinfo=UTC)
    account = Account(budget("month", 400_000) + budget("90d", 400_000).replace('"B"', '"Quarter"'), first)
    account.spend(60_000, datetime(2026, 10, 1, 13, 30, tzinfo=UTC))
    welcome = sole(account.tick(), WelcomeAlert)
    month, quarter = welcome.standings
    assert (month.points, quarter.points) == (60_000, 60_000)
    assert [(each.why, each.end) for each in month.missing] == [(Why.BEFORE, first - 30 * DAY)]
    assert [(each.why, each.end) for each in quarter.missing] == [(Why.BEFORE, first - 30 * DAY)]
    shown = compose([welcome], "default").sections[0]
    assert shown.rows[0].comes.startswith("at least ")
    assert shown.note.endswith(
        "at least where it says so, because nothing from before 1 Oct 13:00 could be read"
    )
    account.spend(400_000, datetime(2026, 11, 2, tzinfo=UTC))
    by_rule = {alert.rule: alert for alert in account.tick(datetime(2026, 11, 2, 1, tzinfo=UTC))}
    assert (by_rule["B"].complete, by_rule["Quarter"].complete) == (True, False)


@pytest.mark.parametrize("why", [Why.ROWS, Why.LOST])
def test_a_sum_that_lacks_usage_for_good_alerts_and_rearms(why: Why) -> None:
    """What will never be counted makes a sum "at least"; a rule that waited for it would fall silent."""
    account = monitored(budget("1h", more='alert_at = ["100%"]'))
    account.lacks(START, START + 9 * DAY, why)
    for hour in (1, 9):
        account.spend(100, START + hour * HOUR)
        (alert,) = account.tick(START + hour * HOUR + 5 * MINUTE)
        assert (alert.complete, [each.why for each in alert.missing]) == (False, [why])
        account.tick(START + (hour + 4) * HOUR)


@pytest.mark.parametrize("away", ["prod-1", "research"])
def test_a_sum_without_an_account_that_it_counts_alerts_and_does_not_rearm(away: str) -> None:
    """What that account has spent may have kept it up; one that the rule is not about holds nothing back."""
    account = monitored(f'{ROLLING}together = true\naccounts = ["prod*"]')
    account.spend(100, START + MINUTE)
    account.lacks(START, START + 90 * DAY, Why.ACCOUNT, away)
    (alert,) = account.tick(START + 5 * MINUTE)
    assert not alert.complete
    looks(account, f"40h, 50h5m 100@50h{' -> 100' if away == 'research' else ''}")


def test_a_sum_that_leaves_out_a_joiner_does_not_rearm() -> None:
    """Who was not read when a window closed may have used up by then what it lacks."""
    for until, again in ((90, ""), (41, " -> 100")):
        account = monitored(f"{ROLLING}together = true")
        looks(account, "5m 100@1m -> 100")
        account.absent = lambda end: frozenset({"joiner"} if end < START + until * HOUR else ())  # noqa: B023
        looks(account, f"40h, 44h 1@40h, 50h 100{again}")


def test_a_forecast_waits_only_for_what_can_still_be_read() -> None:
    """It is made of a sum that will never be whole: more was used, so the limit is only likelier."""
    account = monitored(budget("month", 10_000, 'forecast_at = ["100%"]'))
    for hour in range(24 * 12):
        account.spend(30, START + hour * HOUR)
    account.tick(START + 12 * DAY)
    account.lacks(START + 2 * DAY, START + 2 * DAY + HOUR)
    (standing,) = account.standings()
    assert ([each.why for each in standing.missing], standing.forecast is None) == ([Why.ROWS], False)
    account.reads = False
    account.now += 2 * HOUR
    (standing,) = account.standings()
    assert (Why.UNREAD in [each.why for each in standing.missing], standing.forecast is None) == (True, True)


def test_while_poe_is_away_the_present_window_is_unread() -> None:
    """An hour after the last reading no sum that goes on is whole, and none re-arms."""
    looks(account := monitored(ROLLING), "5m 100@1m -> 100")
    account.reads = False
    looks(account, "27h")
    (standing,) = account.standings()
    assert [each.why for each in standing.missing] == [Why.UNREAD]
    account.reads = True
    looks(account, "27h5m 100@20h")


def test_what_was_not_read_since_the_last_tick_re_arms_nothing() -> None:
    """A sum that seems to have fallen may lack what is listed and not read yet."""
    looks(account := monitored(ROLLING), "5m 100@1m -> 100, 23h50m")
    account.reads = False
    looks(account, "24h20m")
    account.reads = True
    looks(account, "24h25m 100@24h")


def test_a_long_first_scan_is_welcomed_twice() -> None:
    """Not before a page could be read; the first welcome says at least, the one after the scan the whole.

    What is passed by then counts as sent by the welcome.
    """
    unread = Account(budget())
    unread.state = State(started_at=START)
    assert unread.tick() == []
    account = Account(budget("month"))
    account.gap(START - 20 * DAY, START + HOUR)
    account.spend(60, START + 2 * HOUR)
    first = sole(account.tick(START + 2 * HOUR), WelcomeAlert)
    assert not first.standings[0].complete
    looks(account, "2h5m 30@1m, read")
    second = sole(account.tick(START + 2 * HOUR + 10 * MINUTE), WelcomeAlert)
    assert (second.complete, second.standings[0].points) == (True, 90)
    looks(account, "3h 10 -> 100")

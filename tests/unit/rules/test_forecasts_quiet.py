from datetime import timedelta

from budget_alert.alerts import Alert, Kind
from tests.support.account import DAY, HOUR, MINUTE, Account, budget, watched
from tests.support.histories import START

BEGIN = START - 20 * DAY
DIGEST = '[digest]\nevery = "day"\nat = "09:30"\n'
MONTH = budget("month", 3_000, 'alert_at = ["900%"]\nforecast_at = ["100%"]')


def live(account: Account, begin: timedelta, end: timedelta) -> list[Alert]:
    """Spend every three hours, and look in between as well, when nothing was spent."""
    told = []
    at = begin
    while at < end:
        account.spend(20, START + at)
        told += account.judge(START + at + 5 * MINUTE)
        told += account.judge(START + at + HOUR)
        at += 3 * HOUR
    return told


def test_a_digest_on_a_quiet_tick_does_not_tell_a_forecast_again() -> None:
    """A digest has the past read on a tick at which nothing was spent: what was foretold stays told."""
    account = watched(DIGEST + MONTH, BEGIN)
    live(account, BEGIN - START, timedelta())
    told = live(account, timedelta(), 10 * DAY)
    assert [alert.kind for alert in told].count(Kind.DIGEST) == 10
    assert [alert.kind for alert in told].count(Kind.FORECAST) == 1

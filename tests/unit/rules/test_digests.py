from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.alerts import Alert, Digest, DigestAlert, Kind, Mover, Severity
from budget_alert.config.periods import Window
from budget_alert.messages.compose import compose
from budget_alert.usage.balance import PoeBalance
from tests.support.account import DAY, HOUR, MINUTE, budget, watched
from tests.support.histories import START

DAILY = 'usd_per_million_points = 30\n[digest]\nevery = "day"\nat = "09:00"\n' + budget("month", 1_000)
NINE = START + 9 * HOUR


def digests(alerts: list[Alert]) -> list[Digest]:
    """Give the digests among alerts."""
    return [alert.digest for alert in alerts if isinstance(alert, DigestAlert)]


def test_a_digest_sums_up_the_day_before_and_compares_it() -> None:
    """Total, money, bots with their change and the largest queries of the day that is over."""
    account = watched(DAILY)
    account.spend(100, START + HOUR, bot="one", query_id="a")
    account.spend(40, START + 2 * HOUR, bot="two")
    account.judge(NINE + DAY)
    account.spend(50, START + DAY + HOUR, bot="one", query_id="b", used_for="A trip")
    account.spend(20, START + DAY + HOUR, bot="three")
    account.spend(7, START + 2 * DAY + HOUR, bot="today")
    (alert,) = account.judge(NINE + 2 * DAY)
    (digest,) = digests([alert])
    assert (alert.kind, alert.severity, alert.rule) == (Kind.DIGEST, Severity.INFO, "digest")
    assert digest.window == Window(START + DAY, START + 2 * DAY)
    assert (digest.points, digest.before, digest.queries_count) == (70, 140, 2)
    assert str(digest.usd) == "0.0021"
    assert digest.bots == (Mover("one", 50, 100), Mover("three", 20, 0))
    assert [(query.query_id, query.used_for) for query in digest.queries][:1] == [("b", "A trip")]
    assert digest.daily[-3:] == (140, 70, 7)
    assert isinstance(alert, DigestAlert)
    (standing,) = alert.standings
    assert (standing.rule, standing.points, standing.next_threshold) == ("B", 217, "80%")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Los_Angeles", datetime(2026, 11, 3, 8, tzinfo=UTC), 24),
        ("America/Los_Angeles", datetime(2026, 11, 1, 7, tzinfo=UTC), 25),
        ("Europe/London", datetime(2027, 3, 28, tzinfo=UTC), 23),
        ("Asia/Kathmandu", datetime(2026, 11, 2, 18, 15, tzinfo=UTC), 24),
    ],
)
def test_days_are_those_of_the_zone(zone: str, day: datetime, hours: int) -> None:
    """The day of a digest and that of the row of days are one, however long, and have the same points."""
    config = DAILY + budget("day", 200_000, 'bots = ["one"]').replace('"B"', '"One"')
    account = watched(f'timezone = "{zone}"\n{config}', day - 5 * DAY)
    account.judge(day + HOUR)
    end = day + hours * HOUR
    account.spend(84_000, day, bot="one")
    account.spend(5, day - MINUTE, bot="one")
    account.spend(20_000, end - MINUTE, bot="two")
    account.spend(7, end, bot="two")
    (alert,) = [alert for alert in account.judge(end + 10 * HOUR) if isinstance(alert, DigestAlert)]
    (digest,) = digests([alert])
    assert (digest.window, digest.points) == (Window(day, end), 104_000)
    assert digest.daily[-3:] == (5, 104_000, 7)
    trend = compose([alert], "default").sections[0].trend
    assert trend is not None
    assert "up to 104,000 points a day" in trend.words
    assert [standing.daily[-3:] for standing in alert.standings] == [(5, 104_000, 7), (5, 84_000, 0)]


def test_a_digest_comes_once_and_late_where_its_hour_was_missed() -> None:
    """The first tick after its hour tells it, the ones after that do not."""
    account = watched(DAILY, NINE)
    assert digests(account.judge(NINE + DAY - MINUTE)) == []
    told = [len(digests(account.judge(NINE + DAY + late))) for late in (4 * HOUR, 5 * HOUR, 14 * HOUR)]
    assert told == [1, 0, 0]
    assert len(digests(account.judge(NINE + 2 * DAY))) == 1


def test_the_first_look_tells_no_digest_of_before() -> None:
    """The welcome is enough for the first day; so it is where a digest is asked for later."""
    account = watched(DAILY, NINE + HOUR)
    assert digests(account.judge(NINE + 2 * HOUR)) == []
    account.configure(budget())
    account.judge(NINE + 3 * DAY)
    account.configure(DAILY)
    assert digests(account.judge(NINE + 3 * DAY + HOUR)) == []
    assert len(digests(account.judge(NINE + 4 * DAY))) == 1


def test_a_partial_sum_is_no_digest() -> None:
    """While a gap lies in the day, its digest waits; then it comes."""
    account = watched(DAILY)
    account.gap(START + HOUR, START + 2 * HOUR)
    assert digests(account.judge(NINE + DAY)) == []
    account.close_gaps()
    assert len(digests(account.judge(NINE + DAY + HOUR))) == 1


def test_a_digest_says_what_its_day_lacks_and_does_not_wait_for_it() -> None:
    """Rows that cannot be read never come: the digest is sent with "at least" and why."""
    account = watched(DAILY)
    account.spend(500, START + HOUR)
    account.lacks(START + HOUR, START + 2 * HOUR)
    (alert,) = account.judge(NINE + DAY)
    shown = compose([alert], "default")
    assert shown.title == "At least 500 points on Sunday 1 Nov"
    assert shown.sections[0].note.endswith("; at least, because rows of 1 Nov could not be read")
    (later,) = account.judge(NINE + 2 * DAY)
    assert (later.complete, isinstance(later, DigestAlert) and later.digest.before) == (True, None)


def test_of_a_day_that_was_not_read_nobody_says_that_nothing_was_spent() -> None:
    """Nothing counted is not nothing spent."""
    account = watched(DAILY)
    account.lacks(START + HOUR, START + 2 * HOUR)
    (alert,) = account.judge(NINE + DAY)
    shown = compose([alert], "default")
    assert shown.title == "Nothing is counted on Sunday 1 Nov, but not everything was read"


def test_a_day_before_the_known_history_is_not_compared_with() -> None:
    """Poe keeps 30 days: what lies before those that the first scan read is unknown, not zero."""
    account = watched(DAILY, NINE)
    account.state = account.state.__class__(started_at=START + 31 * DAY, cursor=account.state.cursor)
    (digest,) = digests(account.judge(NINE + DAY))
    assert digest.before is None


def test_corrections_are_those_since_the_digest_before() -> None:
    """What audits changed is said once."""
    account = watched(DAILY)
    account.state = account.state.__class__(started_at=START, cursor=account.state.cursor, corrected=30)
    (first,) = digests(account.judge(NINE + DAY))
    (second,) = digests(account.judge(NINE + 2 * DAY))
    assert (first.corrected, second.corrected) == (30, 0)


def test_what_is_left_stands_in_the_digest_where_poe_says_it() -> None:
    """The balance, and what left it unexplained for long."""
    account = watched(DAILY, NINE)
    for tick in range(60):
        account.balance = PoeBalance(points=1_000 if tick < 5 else 600)
        alerts = account.judge(START + DAY + 6 * HOUR + tick * 5 * MINUTE)
        for digest in digests(alerts):
            assert digest.balance is not None
            assert (digest.balance.points, digest.unexplained) == (600, 400)
            return
    raise AssertionError("no digest came")


def test_a_weekly_digest_in_a_zone_takes_seven_days_of_that_zone() -> None:
    """Its edges are midnights of the zone, summed from quarter hours."""
    weekly = 'timezone = "Asia/Kathmandu"\n[digest]\nevery = "week"\nat = "08:00"\nstarts_on = "monday"\n'
    account = watched(weekly)
    edge = datetime(2026, 11, 8, 18, 15, tzinfo=UTC)
    account.spend(1, edge - timedelta(minutes=1))
    account.spend(20, edge)
    account.spend(300, edge + 7 * DAY - timedelta(minutes=1))
    account.spend(4_000, edge + 7 * DAY)
    (digest,) = digests(account.judge(edge + 7 * DAY + 9 * HOUR))
    assert (digest.points, digest.before, digest.every) == (320, 1, "week")


def test_a_first_digest_reports_no_corrections_of_long_ago() -> None:
    """What audits changed before the digest was asked for is not its news."""
    account = watched(budget("month", 1_000), NINE)
    account.state = account.state.__class__(started_at=START, cursor=account.state.cursor, corrected=500)
    account.configure(DAILY)
    account.judge(NINE + HOUR)
    (digest,) = digests(account.judge(NINE + DAY))
    assert digest.corrected == 0

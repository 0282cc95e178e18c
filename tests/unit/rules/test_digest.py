from datetime import UTC, datetime

import pytest

from budget_alert.alerts import Alert, DigestAlert, Kind, Mover, Severity
from budget_alert.config.periods import Window
from budget_alert.messages.compose import compose
from budget_alert.usage.entries import PoeBalance
from tests.support.account import DAY, HOUR, MINUTE, budget, looks, monitored, sole
from tests.support.histories import START

DAILY = 'usd_per_million_points = 30\n[digest]\nevery = "day"\nat = "09:00"\n' + budget("month", 1_000)
NINE = START + 9 * HOUR


def test_a_digest_sums_up_the_day_before_and_compares_it() -> None:
    """Total, money, bots with their change and the largest queries of the day that is over."""
    account = monitored(DAILY)
    account.spend(100, START + HOUR, bot="one", query_id="a")
    account.spend(40, START + 2 * HOUR, bot="two")
    account.tick(NINE + DAY)
    account.spend(50, START + DAY + HOUR, bot="one", query_id="b", used_for="A trip")
    account.spend(20, START + DAY + HOUR, bot="three")
    account.spend(7, START + 2 * DAY + HOUR, bot="today")
    alert = sole(account.tick(NINE + 2 * DAY), DigestAlert)
    digest = alert.digest
    assert (alert.kind, alert.severity, alert.rule) == (Kind.DIGEST, Severity.INFO, "digest")
    assert digest.window == Window(START + DAY, START + 2 * DAY)
    assert (digest.points, digest.before, digest.queries_count) == (70, 140, 2)
    assert str(digest.usd) == "0.0021"
    assert digest.bots == (Mover("one", 50, 100), Mover("three", 20, 0))
    assert [(query.query_id, query.used_for) for query in digest.queries][:1] == [("b", "A trip")]
    assert digest.daily[-3:] == (140, 70, 7)
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
    account = monitored(f'timezone = "{zone}"\n{config}', day - 5 * DAY)
    account.tick(day + HOUR)
    end = day + hours * HOUR
    account.spend(84_000, day, bot="one")
    account.spend(5, day - MINUTE, bot="one")
    account.spend(20_000, end - MINUTE, bot="two")
    account.spend(7, end, bot="two")
    (alert,) = [alert for alert in account.tick(end + 10 * HOUR) if isinstance(alert, DigestAlert)]
    digest = alert.digest
    assert (digest.window, digest.points) == (Window(day, end), 104_000)
    assert digest.daily[-3:] == (5, 104_000, 7)
    fields = compose([alert], "default").sections[0].fields
    assert any(field.words.startswith("up to 104 k a day") for field in fields)
    assert [standing.daily[-3:] for standing in alert.standings] == [(5, 104_000, 7), (5, 84_000, 0)]


@pytest.mark.parametrize(
    "steps",
    [
        ("1d8h59m, 1d13h -> digest, 1d14h, 1d23h, 2d9h -> digest",),
        ("11h", budget(), "3d9h", DAILY, "3d10h, 4d9h -> digest"),
        ("unread 9h 10h, 1d9h, read, 1d10h -> digest",),
    ],
    ids=["late where its hour was missed", "nothing of before it was asked for", "a partial sum is none"],
)
def test_a_digest_comes_once(steps: tuple[str, ...]) -> None:
    """The first tick after its hour sends it, once all of its day was read."""
    looks(monitored(DAILY, NINE), *steps)


@pytest.mark.parametrize(("first", "expected"), [(DAILY, (30, 0)), (budget("month", 1_000), (0, 0))])
def test_corrections_are_those_since_the_digest_before(first: str, expected: tuple[int, int]) -> None:
    """What audits changed is said once, and not what they did before the digest was asked for."""
    account = monitored(first, NINE)
    account.state = account.state.__class__(started_at=START, cursor=account.state.cursor, corrected=30)
    account.configure(DAILY)
    account.tick(NINE + HOUR)
    alerts = [sole(account.tick(NINE + number * DAY), DigestAlert) for number in (1, 2)]
    assert tuple(alert.digest.corrected for alert in alerts) == expected


def test_a_digest_says_what_its_day_lacks_and_does_not_wait_for_it() -> None:
    """Rows that cannot be read never come: the digest is sent with "at least" and why."""
    account = monitored(DAILY)
    account.spend(500, START + HOUR)
    account.lacks(START + HOUR, START + 2 * HOUR)
    alert = sole(account.tick(NINE + DAY), DigestAlert)
    shown = compose([alert], "default")
    assert shown.title == "At least 500 points on Sunday 1 Nov"
    assert shown.sections[0].note.endswith("; at least, because rows of 1 Nov could not be read")
    later = sole(account.tick(NINE + 2 * DAY), DigestAlert)
    assert (later.complete, later.digest.before) == (True, None)


def test_what_is_left_stands_in_the_digest_where_poe_says_it() -> None:
    """The balance, and what left it unexplained for long."""
    account = monitored(DAILY, NINE)
    sent: list[Alert] = []
    for tick in range(37):
        account.balance = PoeBalance(points=1_000 if tick < 5 else 600)
        sent += account.tick(START + DAY + 6 * HOUR + tick * 5 * MINUTE)
    digest = sole(sent, DigestAlert).digest
    assert digest.balance is not None
    assert (digest.balance.points, digest.unexplained) == (600, 400)


def test_a_weekly_digest_in_a_zone_takes_seven_days_of_that_zone() -> None:
    """Its edges are midnights of the zone, summed from quarter hours."""
    weekly = 'timezone = "Asia/Kathmandu"\n[digest]\nevery = "week"\nat = "08:00"\nstarts_on = "monday"\n'
    account = monitored(weekly)
    edge = datetime(2026, 11, 8, 18, 15, tzinfo=UTC)
    rows = ((1, edge - MINUTE), (20, edge), (300, edge + 7 * DAY - MINUTE), (4_000, edge + 7 * DAY))
    for points, at in rows:
        account.spend(points, at)
    digest = sole(account.tick(edge + 7 * DAY + 9 * HOUR), DigestAlert).digest
    assert (digest.points, digest.before, digest.every) == (320, 1, "week")

from datetime import datetime

import pytest

from budget_alert.config.reading import parse
from poe_budget.cli.sentences import meanings, setting
from tests.support.configs import BALANCE, DIGEST, GOOD, QUERY, SPIKE

BUDGET = '[[budget]]\nname = "A"\npoints = 1_000\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD, "tells you at 800 and 1,000 points of all usage per calendar month in UTC"),
        (
            'timezone = "America/New_York"\n' + GOOD + "starts_on = 17\n",
            "tells you at 800 and 1,000 points of all usage per calendar month from the 17th in New York",
        ),
        (
            GOOD + 'alert_at = ["50%", 900, "100%"]\nforecast_at = ["100%"]\nrepeat = "36h"\n',
            (
                "tells you at 500, 900 and 1,000 points of all usage per calendar month in UTC; when it will "
                "likely reach 1,000 points; again after 36 hours, while it still holds"
            ),
        ),
        (
            BUDGET + 'period = "24h"\nalert_at = [1]\nsnooze_until = 2026-12-01\n',
            "tells you at 1 point of all usage in any 24 hours; but nothing until 1 Dec 2026",
        ),
        (
            BUDGET + 'period = "7d"\nrearm_below = "75.5%"\nrepeat = "1d"\n',
            (
                "tells you at 800 and 1,000 points of all usage in any 7 days; again after 1 day, while it "
                "still holds; once more after it was below 75.5% of that"
            ),
        ),
        (
            BUDGET + 'period = "7d"\nbots = ["Claude-*", "o?-mini"]\nusage_types = ["API", "Chat"]\n',
            (
                "tells you at 800 and 1,000 points of API or Chat usage by bots named Claude-* or o?-mini in "
                "any 7 days"
            ),
        ),
        (
            BUDGET + 'period = "hour"\napi_keys = ["ci-*"]\n',
            "tells you at 800 and 1,000 points of usage with API keys named ci-* per hour",
        ),
        (
            BUDGET + 'period = "billing"\n',
            "tells you at 800 and 1,000 points of all usage per billing cycle",
        ),
        (
            '[[spike]]\nname = "S"\nwindow = "1h"\ntimes = 2.50\nat_least = 20_000\n',
            "tells you when 1 hour took 2.5 times as much as usual at this time, and at least 20,000 points",
        ),
        (
            '[[query]]\nname = "Q"\npoints = 50_000\nusage_types = ["Chat"]\n',
            "tells you of each query of 50,000 points or more, of Chat usage",
        ),
        (
            '[[balance]]\nname = "B"\nbelow = 100_000\nrunway = "3d"\n',
            (
                "tells you when fewer than 100,000 points are left or what is left will likely be spent "
                "within 3 days"
            ),
        ),
        (
            '[[balance]]\nname = "B"\nrunway = "12h"\n',
            "tells you when what is left will likely be spent within 12 hours",
        ),
        (
            GOOD + 'forecast_at = ["100%"]\naccounts = ["prod*", "ci"]\n',
            (
                "tells you at 800 and 1,000 points of all usage per calendar month in UTC, for each account "
                "named prod* or ci; when it will likely reach 1,000 points"
            ),
        ),
        (
            GOOD + 'accounts = ["prod*"]\ntogether = true\n',
            (
                "tells you at 800 and 1,000 points of all usage per calendar month in UTC, for the sum of "
                "accounts named prod*"
            ),
        ),
        (
            SPIKE + "together = true\n",
            (
                "tells you when 1 hour took 4 times as much as usual at this time, and at least 20,000 "
                "points, for the sum of all accounts"
            ),
        ),
        (
            QUERY + 'accounts = ["prod*"]\n',
            "tells you of each query of 50,000 points or more, of all usage, for each account named prod*",
        ),
        (
            BALANCE + 'accounts = ["prod*"]\n',
            "tells you when fewer than 100,000 points are left, for each account named prod*",
        ),
        (
            DIGEST + "together = true\n",
            "sums up the week before, every Monday at 09:00 in UTC, for the sum of all accounts",
        ),
        (DIGEST, "sums up the week before, every Monday at 09:00 in UTC"),
        ('[digest]\nevery = "day"\nat = "18:30"\n', "sums up the day before, every day at 18:30 in UTC"),
    ],
)
def test_each_kind_of_rule_is_a_sentence(text: str, words: str) -> None:
    """A rule is said with its thresholds in points, what it counts, its period, and what else it asks for."""
    (meaning,) = meanings(parse(text))
    assert meaning.words == words


def test_what_holds_for_all_rules() -> None:
    """The place of the clock, and the price where there is one."""
    zone = 'timezone = "Europe/London"\n'
    assert setting(parse(zone + GOOD)) == "times are those in London"
    priced = setting(parse(zone + "usd_per_million_points = 30\n" + GOOD))
    assert priced.endswith("; a million points counts as $30.00 where Poe names no price")


@pytest.mark.parametrize(
    ("zone", "now", "clock"),
    [
        ("Europe/London", "2026-11-27T02:30:59+00:00", "London (UTC+00:00, 02:30 now)"),
        ("Europe/London", "2026-07-01T02:30:00+00:00", "London (UTC+01:00, 03:30 now)"),
        ("Asia/Kathmandu", "2026-11-27T20:30:00+00:00", "Kathmandu (UTC+05:45, 02:15 now)"),
        ("Etc/GMT+2", "2026-11-27T02:30:00+00:00", "GMT+2 (UTC-02:00, 00:30 now)"),
    ],
)
def test_the_clock_of_the_zone(zone: str, now: str, clock: str) -> None:
    """Whoever checks a config sees what the zone's clock shows, and so whether it is theirs."""
    config = parse(f'timezone = "{zone}"\n{GOOD}')
    assert setting(config, datetime.fromisoformat(now)) == f"times are those in {clock}"

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from budget_alert.alerts import Alert, Driver, Reason, Severity, Standing
from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Hour, Month, Rolling, Week, Window
from budget_alert.config.schema import Period
from budget_alert.messages.parts import Gauge, Section, Trend
from budget_alert.outlook.foreseen import Forecast
from budget_alert.usage.missing import Missing, Why
from tests.support.telling import COUNTED, NOVEMBER, alert, standing, told

CRITICAL: dict[str, Any] = {"severity": Severity.CRITICAL}
COUNTED_WHOLE = "Counted 22 Nov 2026 10:15 (Europe/London), nothing missing"
TITLE = "82 % of your monthly budget “Everything” is used, 3 days early"
DAY = timedelta(days=1)


def facts(each: Alert) -> tuple[str, ...]:
    """Return the facts that an alert alone is told with."""
    return told(each).sections[0].facts


def test_one_budget_in_full() -> None:
    """A budget alert says how full, points, money, pace, threshold, period, bots, time and what to do."""
    assert told(alert(standing())).sections == (
        Section(
            headline=TITLE,
            heading="Budget “Everything”",
            gauges=(Gauge(82.0, "82 % used"),),
            facts=(
                "820,000 of 1,000,000 points, about $24.60 of $30.00",
                "180,000 points left, about $5.40",
                "Pace: 38,269 points a day so far; the budget allows 33,333",
                "Reached the threshold of 80 % (800,000 points)",
                "Calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)",
            ),
            movers=("Top bots: Claude-Opus-4.5 61 %, GPT-5 24 %",),
            advice=(
                "Look at what “Claude-Opus-4.5” does.",
                "If this is expected, raise “points” or “alert_at” of the budget in the config.",
            ),
            note=COUNTED_WHOLE,
        ),
    )


def test_forecast_trend_and_next_alert_are_told_where_they_are_known() -> None:
    """A budget alert says how it will end, how the last days went, and when it speaks next."""
    forecast = Forecast(
        level=1_000_000,
        chance=0.829,
        expected=1_240_000,
        low=1_100_000,
        high=1_400_000,
        earliest=datetime(2026, 11, 26, 9, tzinfo=UTC),
        latest=datetime(2026, 11, 26, 21, tzinfo=UTC),
    )
    known = standing(
        forecast=forecast, next_threshold="100%", next_points=1_000_000, daily=(0, 20_000, 40_000)
    )
    section = told(alert(known)).sections[0]
    assert section.trend == Trend("▁▄█", "last 3 days, up to 40,000 points a day")
    assert section.facts[3:6] == (
        "Likely gone on Thursday 26 Nov between 09:00 and 21:00, 82 % sure",
        "By 1 Dec 00:00 about 1,240,000 points (124 %), about $37.20; likely 1,100,000 to 1,400,000",
        "Reached the threshold of 80 % (800,000 points); next alert at 100 % (1,000,000 points)",
    )


def test_over_the_limit() -> None:
    """Past its limit a budget says by how much, how long it must last, and how to spend or hear less."""
    message = told(alert(standing(points=1_233_770), **CRITICAL))
    assert message.title == "123 % of your monthly budget “Everything” is used, with 8 days to go"
    assert "233,770 points over the limit, about $7.01" in message.sections[0].facts
    assert message.sections[0].advice == (
        "Pause “Claude-Opus-4.5” or move it to a cheaper model.",
        "Or raise “points” of the budget in the config.",
        "Or set its “snooze_until” to a date, to hear nothing more until then.",
    )


def test_exactly_at_the_limit() -> None:
    """A budget that is just used up has nothing left, and no money either."""
    assert "0 points left" in facts(alert(standing(points=1_000_000), **CRITICAL))


def test_a_partial_sum_is_the_least_it_can_be() -> None:
    """While part of a window is unread, what is spent is at least, what is left at most, and why is said."""
    message = told(alert(standing(complete=False)))
    assert message.title == f"At least {TITLE}"
    section = message.sections[0]
    assert section.gauges == (Gauge(82.0, "at least 82 % used"),)
    assert section.facts[:3] == (
        "At least 820,000 of 1,000,000 points, about $24.60 of $30.00",
        "At most 180,000 points left, about $5.40",
        "Pace: at least 38,269 points a day so far; the budget allows 33,333",
    )
    assert section.note == (
        "Counted 22 Nov 2026 10:15 (Europe/London); at least, because part of the usage is not read yet"
    )


def missing(why: Why, account: str = "", days: int = 1) -> Missing:
    """Lack usage from 3 November, 13:00 in London, on."""
    start = datetime(2026, 11, 3, 13, tzinfo=UTC)
    return Missing(start, start + timedelta(days=days), why, account)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ((), "part of the usage is not read yet"),
        ((missing(Why.UNREAD),), "part of the usage is not read yet"),
        ((missing(Why.BEFORE),), "nothing from before 4 Nov 13:00 could be read"),
        ((missing(Why.ROWS, days=0),), "rows of 3 Nov could not be read"),
        ((missing(Why.ROWS),), "rows of 3 Nov to 4 Nov could not be read"),
        ((missing(Why.LOST, days=4),), "usage of 3 Nov to 7 Nov is lost for good"),
        ((missing(Why.ACCOUNT, "ada"),), "account “ada” is not read"),
        ((missing(Why.ACCOUNT, "bob"), missing(Why.ACCOUNT, "ada")), "accounts “ada” and “bob” are not read"),
        (
            (missing(Why.LOST, days=0), missing(Why.UNREAD)),
            "part of the usage is not read yet and usage of 3 Nov is lost for good",
        ),
    ],
)
def test_why_a_sum_is_partial_is_said_in_half_a_sentence(lacking: tuple[Missing, ...], words: str) -> None:
    """Every reason has its words; a reason that an older release did not keep is that of then."""
    message = told(alert(standing(complete=False, missing=lacking), complete=False, missing=lacking))
    assert message.sections[0].note.endswith(f"(Europe/London); at least, because {words}")


@pytest.mark.parametrize(
    ("usd", "usd_limit", "spent", "left"),
    [
        (None, None, "820,000 of 1,000,000 points", "180,000 points left"),
        (None, Decimal(30), "820,000 of 1,000,000 points, of about $30.00", "180,000 points left"),
        (Decimal(24), None, "820,000 of 1,000,000 points, about $24.00", "180,000 points left"),
        (
            Decimal(31),
            Decimal(30),
            "820,000 of 1,000,000 points, about $31.00 of $30.00",
            "180,000 points left",
        ),
    ],
)
def test_money_is_said_where_it_is_known(
    usd: Decimal | None, usd_limit: Decimal | None, spent: str, left: str
) -> None:
    """Money stands beside points only as far as it is known and does not contradict them."""
    assert facts(alert(standing(usd=usd, usd_limit=usd_limit)))[:2] == (spent, left)


def test_a_threshold_in_points_is_said_once() -> None:
    """A threshold that the config spells in points is not followed by the same points."""
    assert "Reached the threshold of 800,000 points" in facts(alert(standing(), threshold="800,000 points"))


def test_a_threshold_between_whole_percent_is_not_contradicted() -> None:
    """Whole percent would say less than a threshold like 99.5 %, so then the decimal is told."""
    message = told(alert(standing(points=997_000), threshold="99.5%", threshold_points=995_000))
    assert message.title == "99.7 % of your monthly budget “Everything” is used, 8 days early"
    assert message.sections[0].gauges == (Gauge(99.7, "99.7 % used"),)
    assert "Reached the threshold of 99.5 % (995,000 points)" in message.sections[0].facts


def test_a_share_of_nothing_is_told_in_points() -> None:
    """Bots are told in points where refunds make shares meaningless."""
    refunded = standing(points=-5, drivers=(Driver("a", 10), Driver("b", -15)))
    assert told(alert(refunded)).sections[0].movers == ("Top bots: a (10 points), b (-15 points)",)


def test_of_a_sum_over_accounts_the_top_accounts_come_first() -> None:
    """Who reads it knows whom to ask."""
    summed = standing(points=100, drivers=(Driver("a", 100),), accounts=(Driver("research", 75),))
    assert told(alert(summed)).sections[0].movers == ("Top accounts: research 75 %", "Top bots: a 100 %")


def test_without_drivers() -> None:
    """A budget without known drivers has advice all the same."""
    section = told(alert(standing(drivers=()))).sections[0]
    assert section.advice[0] == "Look at what the bot that spends most does."
    assert section.movers == ()


def test_a_repeated_alert_says_that_it_still_holds() -> None:
    """A reminder is seen to be one."""
    message = told(alert(standing(), reason=Reason.REPEATED))
    assert message.title == f"Reminder: {TITLE}"
    assert (
        "Said again because it still holds: the threshold of 80 % (800,000 points) is passed"
        in message.sections[0].facts
    )


def test_what_a_new_rule_already_passed_is_one_line() -> None:
    """A new or changed rule says in one line what it has passed already."""
    message = told(alert(standing(usd=None, usd_limit=None), reason=Reason.ALREADY, severity=Severity.INFO))
    title = "New or changed: 82 % of your monthly budget “Everything” is used already"
    fact = "82 % used, 820,000 of 1,000,000 points; what it has passed already is not told again"
    assert message.sections == (Section(headline=title, heading="Budget “Everything”", facts=(fact,)),)


@pytest.mark.parametrize(
    ("period", "noun"),
    [
        (Hour(), "hourly budget"),
        (Day(), "daily budget"),
        (Week(), "weekly budget"),
        (Month(), "monthly budget"),
        (Month(17), "monthly budget"),
        (Billing(), "billing-cycle budget"),
        (Rolling(24), "24-hour budget"),
        (Rolling(1), "1-hour budget"),
        (Rolling(168), "7-day budget"),
        ("something new", "budget"),
    ],
)
def test_a_budget_is_named_by_its_period(period: Period | str, noun: str) -> None:
    """Every period of the config has a plain name in the first line."""
    title = told(alert(standing(period=period))).title
    assert title.startswith(f"82 % of your {noun} “Everything” is used")


@pytest.mark.parametrize(
    ("points", "start", "days", "early"),
    [
        (820_000, NOVEMBER.start, 30, ", 3 days early"),
        (760_000, NOVEMBER.start, 30, ", 1 day early"),
        (715_000, NOVEMBER.start, 30, ""),
        (730_000, NOVEMBER.start, 30, ", 11 hours early"),
        (500_000, NOVEMBER.start, 30, ""),
        (-500_000, NOVEMBER.start, 30, ""),
        (1_000_000, NOVEMBER.start, 30, ", with 8 days to go"),
        (10**15, COUNTED, 1, ", with 1 day to go"),
        (1_000_000, COUNTED - DAY, 1, ""),
        (999_999, COUNTED - 2 * DAY, 1, ""),
    ],
)
def test_how_early_a_budget_came_this_far(points: int, start: datetime, days: int, early: str) -> None:
    """A first line says by how much a budget is ahead of an even pace, or how long nothing is left."""
    window = Window(start, start + days * DAY)
    title = told(alert(standing(points=points, window=window))).title
    assert title.partition(" is used")[2] == early


def test_what_looks_back_from_any_moment_has_no_even_pace() -> None:
    """A rolling budget is never early and has no pace, for it has no start."""
    last = Window(COUNTED - DAY, COUNTED)
    message = told(alert(standing(period=Rolling(24), window=last)))
    assert message.title == "82 % of your 24-hour budget “Everything” is used"
    assert message.sections[0].facts[2:] == (
        "Reached the threshold of 80 % (800,000 points)",
        "Last 24 hours, 21 Nov 10:15 to 22 Nov 10:15 (Europe/London)",
    )


@pytest.mark.parametrize(
    ("begun", "length", "pace"),
    [
        (10 * DAY, 30 * DAY, "Pace: 82,000 points a day so far; the budget allows 33,333"),
        (DAY / 2, 30 * DAY, None),
        (DAY / 2, DAY, "Pace: 68,333 points an hour so far; the budget allows 41,666"),
        (DAY / 48, DAY / 24, None),
        (40 * DAY, 20 * DAY, "Pace: 41,000 points a day so far; the budget allows 50,000"),
    ],
)
def test_pace(begun: timedelta, length: timedelta, pace: str | None) -> None:
    """The pace is told by the day, in short periods by the hour, once a whole one has passed."""
    window = Window(COUNTED - begun, COUNTED - begun + length)
    told_facts = facts(alert(standing(window=window)))
    assert [fact for fact in told_facts if fact.startswith("Pace")] == ([pace] if pace else [])


def test_a_long_name_leaves_the_first_line_readable() -> None:
    """A first line with a name of any length fits into a header of Slack."""
    long: Standing = standing("n" * 80, complete=False, period=Rolling(2159))
    title = told(alert(long, reason=Reason.REPEATED)).title
    assert title == f"Reminder: at least 82 % of your 2159-hour budget “{'n' * 39}…” is used"

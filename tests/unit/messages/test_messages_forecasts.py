import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.alerts import Alert, Kind
from budget_alert.channels.sms import sms
from budget_alert.messages.parts import Gauge, Section
from budget_alert.outlook.foreseen import Forecast
from tests.support.telling import alert, standing, told, welcome

MORNING = datetime(2026, 11, 26, 9, tzinfo=UTC)
GONE = "gone on Thursday 26 Nov between 09:00 and 21:00"


def forecast(**more: Any) -> Forecast:
    """Return a forecast that the limit of 1,000,000 points is likely reached on a Thursday."""
    fields: dict[str, Any] = {
        "level": 1_000_000,
        "chance": 0.829,
        "expected": 1_240_000,
        "low": 1_100_000,
        "high": 1_400_000,
        "earliest": MORNING,
        "latest": MORNING + timedelta(hours=12),
    }
    return Forecast(**{**fields, **more})


def foretold(one: Forecast, **more: Any) -> Alert:
    """Return an alert that tells a forecast of a threshold."""
    return alert(standing(), kind=Kind.FORECAST, forecast=one, **{"threshold": "100%", **more})


def test_a_forecast_in_full() -> None:
    """A forecast says when, how sure, where the budget stands, its pace, its end, and what to do."""
    assert told(foretold(forecast())).sections == (
        Section(
            headline=f"Your monthly budget “Everything” will likely be {GONE}",
            heading="Forecast for “Everything”",
            gauges=(Gauge(82.0, "82 % used"),),
            facts=(
                "82 % sure",
                "820,000 of 1,000,000 points, about $24.60 of $30.00 so far",
                "Pace: 38,269 points a day so far; the budget allows 33,333",
                "By 1 Dec 00:00 about 1,240,000 points (124 %), about $37.20; likely 1,100,000 to 1,400,000",
                "Calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)",
            ),
            movers=("Top bots: Claude-Opus-4.5 61 %, GPT-5 24 %",),
            advice=(
                "To make it last until 1 Dec 00:00, pause “Claude-Opus-4.5” or move it to a cheaper model.",
                "If this is expected, raise “points” or “forecast_at” of the budget in the config.",
            ),
            note="Counted 22 Nov 2026 10:15 (Europe/London), nothing missing",
        ),
    )


def test_the_sms_says_when_and_how_sure() -> None:
    """What matters of a forecast fits into an SMS."""
    assert sms(told(foretold(forecast()))) == (
        'Poe: Your monthly budget "Everything" will likely be gone on Thursday 26 Nov '
        "between 09:00 and 21:00. 82 % sure"
    )


@pytest.mark.parametrize(
    ("one", "more", "words"),
    [
        (forecast(level=800_000), {"threshold": "80%"}, "will likely reach 80 % on Thursday 26 Nov"),
        (forecast(level=800_000), {"threshold": "800,000 points"}, "will likely reach 800,000 points on"),
        (forecast(chance=0.3), {}, "may be gone on Thursday 26 Nov between 09:00 and 21:00"),
        (forecast(earliest=None, latest=None), {}, "will likely be gone before the period ends"),
        (
            forecast(latest=MORNING + timedelta(days=2)),
            {},
            "gone between Thu 26 Nov 09:00 and Sat 28 Nov 09:00",
        ),
    ],
)
def test_what_a_forecast_foretells(one: Forecast, more: dict[str, Any], words: str) -> None:
    """The first line says what is reached, how likely, and when."""
    assert words in told(foretold(one, **more)).title


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (1.0, "99 % sure"),
        (0.999, "99 % sure"),
        (0.829, "82 % sure"),
        (0.01, "1 % sure"),
        (0.0, "Under 1 % sure"),
    ],
)
def test_nothing_foretold_is_certain(chance: float, words: str) -> None:
    """How sure is whole percent, rounded down, and never a hundred."""
    assert told(foretold(forecast(chance=chance))).sections[0].facts[0] == words


@pytest.mark.parametrize(
    ("points", "one", "line"),
    [
        (820_000, forecast(), f", likely {GONE} (82 % sure)"),
        (820_000, forecast(chance=0.3), ", likely 124 % by 1 Dec 00:00"),
        (820_000, forecast(chance=0.01, expected=930_000), ", likely 93 % by 1 Dec 00:00"),
        (1_100_000, forecast(), ", likely 124 % by 1 Dec 00:00"),
        (820_000, None, ""),
    ],
)
def test_a_list_of_budgets_says_how_each_will_end(points: int, one: Forecast | None, line: str) -> None:
    """A welcome foretells each budget in its line, as far as that is known."""
    shown = told(welcome(standing(points=points, forecast=one))).sections[0].gauges[0].words
    assert shown.partition(" points")[2] == line


@pytest.mark.parametrize(
    ("points", "chance", "lines"),
    [
        (820_000, 0.3, [f"Perhaps {GONE}, 30 % sure"]),
        (820_000, 0.05, []),
        (1_000_000, 1.0, []),
    ],
)
def test_a_budget_alert_foretells_only_what_may_be(points: int, chance: float, lines: list[str]) -> None:
    """That a budget will be gone is told while it may be, and not once it is."""
    where = standing(points=points, usd_limit=None, forecast=forecast(chance=chance))
    facts = told(alert(where)).sections[0].facts
    assert [fact for fact in facts if "gone" in fact] == lines
    assert "By 1 Dec 00:00 about 1,240,000 points (124 %); likely 1,100,000 to 1,400,000" in facts


def end_of(**more: Any) -> str:
    """Return the line that says how a budget of 820,000 points used will end."""
    lines = told(alert(standing(forecast=forecast(**more)))).sections[0].facts
    return next(line for line in lines if line.startswith("By 1 Dec 00:00 about "))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"expected": 800_000, "low": 700_000, "high": 1_000_000}, "820,000 points (82 %), about $24.60"),
        ({"expected": 999_600}, "999,000 points (99 %), about $29.97"),
        ({"expected": 1_000_000}, "1,000,000 points (100 %), about $30.00"),
    ],
)
def test_what_is_expected_is_neither_below_what_is_used_nor_rounded_up(
    more: dict[str, Any], words: str
) -> None:
    """The end stands beside what is used: it is never less, and reaches the limit only where it does."""
    assert end_of(**more).startswith(f"By 1 Dec 00:00 about {words}")


def test_the_expected_end_has_reached_what_is_likely_reached() -> None:
    """A limit with more digits than a rough number has is not missed by rounding."""
    odd = standing(limit=1_234_567, forecast=forecast(level=1_234_567, expected=1_234_999))
    assert "about 1,234,567 points (100 %)" in told(alert(odd)).sections[0].facts[4]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (820_000, 2_460_000, "; likely 820,000 to 2,460,000"),
        (820_000, 2_470_000, "; a rough guess"),
        (1, 1_100_000, "; likely 820,000 to 1,240,000"),
    ],
)
def test_a_wide_range_is_a_rough_guess(low: int, high: int, words: str) -> None:
    """Bounds more than three times apart are no bounds; others hold what is expected."""
    assert end_of(low=low, high=high).endswith(words)


def test_an_upper_bound_beyond_the_limit_is_not_rounded_below_it() -> None:
    """What is perhaps gone is so because the limit lies within the bounds."""
    odd = standing(limit=1_234_567, forecast=forecast(chance=0.3, expected=1_100_000, high=1_234_900))
    assert "; likely 1,100,000 to 1,234,567" in told(alert(odd)).sections[0].facts[4]


def test_a_forecast_has_the_decimals_of_its_threshold() -> None:
    """What will likely reach 66.66 % does not come to 66 %."""
    near = foretold(forecast(level=999_900, expected=999_900), threshold="99.99%")
    section = told(near).sections[0]
    assert "will likely reach 99.99 %" in section.headline
    assert any("(99.99 %)" in fact for fact in section.facts)


def test_bounds_that_are_one_number_are_none() -> None:
    """Where nothing more will come, one number says it."""
    assert end_of(expected=820_000, low=820_000, high=820_000) == (
        "By 1 Dec 00:00 about 820,000 points (82 %), about $24.60"
    )


def test_money_of_the_end_is_not_below_money_that_is_spent() -> None:
    """Rows bring their own costs: what is still to come adds to them at the limit's price."""
    spent = standing(usd=Decimal(40), forecast=forecast())
    assert "(124 %), about $52.60; " in told(alert(spent)).sections[0].facts[4]


def test_few_percent_have_a_decimal_in_both_numbers() -> None:
    """What is used and what is expected are rounded alike."""
    few = standing(points=26_800, forecast=forecast(chance=0, expected=57_990, low=40_000, high=60_000))
    section = told(alert(few)).sections[0]
    assert section.gauges[0].words == "2.6 % used"
    assert "By 1 Dec 00:00 about 57,900 points (5.7 %), about $1.74; likely 40,000 to 60,000" in section.facts


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_end_is_never_below_what_is_used(used: int, limit: int, expected: int, high: int) -> None:
    """Whatever was spent and foretold, neither points nor percent of the end are less."""
    ends = forecast(level=limit, expected=expected, low=0, high=high)
    section = told(alert(standing(points=used, limit=limit, forecast=ends))).sections[0]
    line = next(line for line in section.facts if line.startswith("By "))
    found = re.search(r"about ([\d,]+) points? \(([\d,.]+) %\)", line)
    assert found
    assert as_number(found[1]) >= used
    assert as_number(found[2]) >= as_number(section.gauges[0].words.partition(" ")[0])


def as_number(words: str) -> float:
    """Read a number with its digits grouped."""
    return float(words.replace(",", ""))

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from budget_alert.alerts import Alert, Balance, Kind
from budget_alert.channels.sms import sms
from budget_alert.messages.parts import Section
from tests.support.telling import alert, told

GRANT = datetime(2026, 12, 17, 11, 35, tzinfo=UTC)
TWO_DAYS = timedelta(days=2, hours=11)


def balance(points: int = 12_345, pace: int = 5_000, **more: Any) -> Balance:
    """Return what is left, for two days, before a grant in December."""
    fields: dict[str, Any] = {"lasts": TWO_DAYS, "below": 100_000, "next_grant": GRANT, "grant": 1_000_000}
    return Balance(points=points, pace=pace, **{**fields, **more})


def low(one: Balance, **more: Any) -> Alert:
    """Return an alert that tells a balance."""
    return alert(rule="Running dry", kind=Kind.BALANCE, balance=one, **more)


def test_a_balance_in_full() -> None:
    """A balance says what is left, how long it lasts, when points come, and what to do."""
    assert told(low(balance(), usd_per_million_points=Decimal(30))).sections == (
        Section(
            headline="12,345 points are left, below 100,000",
            heading="Balance “Running dry”",
            facts=(
                "5,000 points spent in the last 24 hours; at that pace what is left lasts for about 2 days",
                "12,345 points left on the account, about $0.37",
                "Poe grants 1,000,000 points on 17 Dec 11:35 (Europe/London); auto recharge is off",
            ),
            advice=(
                "Buy points on Poe, or see that less is spent until 17 Dec 11:35.",
                "If this is expected, lower “below” or “runway” of the rule in the config.",
            ),
            note="Counted 22 Nov 2026 10:15 (Europe/London), nothing missing",
        ),
    )


def test_the_sms_of_a_balance() -> None:
    """An SMS says what is left and for how long."""
    assert sms(told(low(balance()))) == (
        "Poe: 12,345 points are left, below 100,000. "
        "5,000 points spent in the last 24 hours; at that pace what is left lasts for about 2 days"
    )


RUNWAY = "at the pace of the last 24 hours"


@pytest.mark.parametrize(
    ("one", "title"),
    [
        (balance(below=None), f"Your points last for about 2 days {RUNWAY}"),
        (balance(below=12_345), f"Your points last for about 2 days {RUNWAY}"),
        (balance(below=None, lasts=timedelta(hours=5)), f"Your points last for about 5 hours {RUNWAY}"),
        (balance(below=None, lasts=timedelta(minutes=5)), f"Your points last for less than an hour {RUNWAY}"),
        (balance(below=None, lasts=timedelta(0)), f"Your points last for less than an hour {RUNWAY}"),
        (balance(below=None, lasts=None), "12,345 points left on the account"),
        (balance(0), "No points are left"),
        (balance(-7), "No points are left"),
        (balance(1), "1 point is left, below 100,000"),
    ],
)
def test_the_first_line_says_what_was_asked_for(one: Balance, title: str) -> None:
    """Points below a number go before points for a time, and none at all before both."""
    assert told(low(one)).title == title


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (balance(pace=0, lasts=None), "Nothing was spent in the last 24 hours"),
        (balance(pace=-5, lasts=None), "Nothing was spent in the last 24 hours"),
        (balance(lasts=None), "5,000 points spent in the last 24 hours"),
        (balance(0, lasts=timedelta(0)), "5,000 points spent in the last 24 hours"),
    ],
)
def test_how_long_it_lasts_is_told_where_it_is_known(one: Balance, line: str) -> None:
    """Without an end in sight, or with nothing left, only the spending is told."""
    assert told(low(one)).sections[0].facts[0] == line


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"next_grant": None}, "Poe names no next grant of points; auto recharge is off"),
        ({"grant": None}, "Poe grants points on 17 Dec 11:35 (Europe/London); auto recharge is off"),
        (
            {"auto_recharge": True},
            "Poe grants 1,000,000 points on 17 Dec 11:35 (Europe/London); auto recharge is on",
        ),
    ],
)
def test_what_comes_is_told_as_far_as_poe_says(more: dict[str, Any], line: str) -> None:
    """The next grant, its points and the recharge are told where they are known."""
    assert told(low(balance(**more))).sections[0].facts[2] == line


def test_without_a_grant_the_advice_names_no_day() -> None:
    """What never comes is not waited for."""
    advice = told(low(balance(next_grant=None))).sections[0].advice
    assert advice[0] == "Buy points on Poe, or see that less is spent."

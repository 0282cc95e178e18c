from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from budget_alert.config.periods import Month, Rolling, Week
from budget_alert.config.reading import MOST_BYTES, parse
from budget_alert.config.schema import (
    BalanceRule,
    Budget,
    Config,
    DigestRule,
    Period,
    QueryRule,
    SpikeRule,
    Threshold,
)
from tests.support.configs import GOOD, TABLES, mistakes, spelled
from tests.support.tools import ROOT


def test_what_is_left_out_has_its_default() -> None:
    """UTC, no price, everything counts, alerts at 80% and 100%, four times as much, a digest at nine."""
    levels = (Threshold(800, Fraction(4, 5), "80%"), Threshold(1_000, Fraction(1), "100%"))
    assert parse("".join(TABLES.values())) == Config(
        timezone="UTC",
        usd_per_million_points=None,
        budgets=(Budget(name="A", points=1_000, period=Month(), alert_at=levels),),
        spikes=(SpikeRule(name="S", window=timedelta(hours=1), times=Decimal(4), at_least=20_000),),
        queries=(QueryRule(name="Q", points=50_000),),
        balances=(BalanceRule(name="B", below=100_000),),
        digest=DigestRule(every="week", at=time(9), starts_on=0, timezone="UTC"),
    )
    assert parse('[digest]\nevery = "day"').digest == DigestRule(every="day", at=time(9))


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ('"week"', Week(0)),
        ('"week" // starts_on = "WednesDay"', Week(2)),
        ('"month"', Month(1)),
        ('"1d"', Rolling(24)),
        ('"90d"', Rolling(2160)),
        ('"2160h"', Rolling(2160)),
    ],
)
def test_periods_are_read(lines: str, period: Period) -> None:
    """Each spelling of a period becomes its value."""
    assert parse(spelled(f"<budget> period = {lines}")).budgets[0].period == period


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ('<budget> period = "24h"', "rearm_below", Fraction(9, 10)),
        ('<budget> period = "24h" // rearm_below = "10%"', "rearm_below", Fraction(1, 10)),
        ('<budget> period = "24h" // rearm_below = "99.5%"', "rearm_below", Fraction(199, 200)),
        ('<budget> name = "  Büro 👩\N{ZERO WIDTH JOINER}💻 "', "name", "Büro 👩\N{ZERO WIDTH JOINER}💻"),
        ("<spike> times = 4.0", "times", Decimal(4)),
        ("<spike> times = 1e1", "times", Decimal(10)),
        ("<spike> times = 1_000", "times", Decimal(1000)),
        ('<spike> window = "168h"', "window", timedelta(days=7)),
        ("<digest> at = 09:05:00", "at", time(9, 5)),
        ("<digest> at = 09:05:00.000", "at", time(9, 5)),
        ("<budget> together = true // bots = ['o3'] // accounts = ['prod*']", "accounts", ("prod*",)),
        ('<budget> period = "billing" // together = false', "together", False),
        ("<spike> together = false // accounts = ['prod*']", "accounts", ("prod*",)),
        ("<digest> together = false // accounts = ['prod*']", "accounts", ("prod*",)),
    ],
)
def test_values_are_read(line: str, field: str, value: object) -> None:
    """Shares are exact, numbers whole or decimal, lengths elapsed time, times text or TOML's own."""
    ((_, rule),) = parse(spelled(line)).rules
    assert getattr(rule, field) == value


@pytest.mark.parametrize("key", ["alert_at", "forecast_at"])
def test_thresholds_ascend(key: str) -> None:
    """They are shares or points, in whatever order the config has them; one list leaves the other alone."""
    (budget,) = parse(spelled(f'<budget> {key} = ["120%", 500, 1, "100%"]')).budgets
    assert [level.text for level in getattr(budget, key)] == ["1 point", "500 points", "100%", "120%"]
    other = budget.forecast_at if key == "alert_at" else budget.alert_at
    assert [level.text for level in other] == ([] if key == "alert_at" else ["80%", "100%"])


@given(st.integers(1, 10**12), st.integers(1, 100_000))
def test_points_of_a_share_are_rounded_up(points: int, tenths: int) -> None:
    """A share stands for the least whole points that reach it."""
    text = f"{tenths // 10}.{tenths % 10}%"
    (level,) = parse(spelled(f'<budget> points = {points} // alert_at = ["{text}"]')).budgets[0].alert_at
    assert level.points >= points * level.share > level.points - 1
    assert (level.share, level.text) == (Fraction(tenths, 1000), text)


@pytest.mark.parametrize(("points", "usual"), [(4, ["100%"]), (5, ["80%", "100%"])])
def test_usual_thresholds_of_a_tiny_budget_are_one(points: int, usual: list[str]) -> None:
    """Where 80% and 100% are the same number of points, the default is 100% alone."""
    levels = parse(spelled(f"<budget> points = {points}")).budgets[0].alert_at
    assert [level.text for level in levels] == usual


@pytest.mark.parametrize(
    ("limit", "points", "share"),
    [
        (1_000_000, 5, "0.0005"),
        (1_234_567, 50, "0.00405"),
        (20_001, 200, "0.99995"),
        (10**12, 1, None),
        (1_000_000, 4, None),
        (1_000_000, 201, None),
        (10_000, 100, None),
        (1_000, 50, None),
    ],
)
def test_which_points_look_like_percent(limit: int, points: int, share: str | None) -> None:
    """A small limit has small thresholds, and 1 point asks to hear of anything at all."""
    budget = f"<budget> points = {limit} // alert_at = "
    if share:
        assert mistakes(spelled(f"{budget}[{points}]"))[0].endswith(f'write "{share}%"')
    written = f'["{share}%"]' if share else f"[{points}]"
    assert parse(spelled(budget + written)).budgets[0].alert_at[0].points == points


def test_zone_and_price_hold_for_the_whole_config() -> None:
    """A budget is silent until midnight, in the zone that rules and digest share, of the day it names."""
    whole = 'timezone = "Asia/Kolkata" // usd_per_million_points = 30.5'
    config = parse(spelled(f"{whole} // <budget> snooze_until = 2026-12-01 // <digest>"))
    assert config.usd_per_million_points == Decimal("30.5")
    assert config.digest
    assert config.zone == config.budgets[0].zone == config.digest.zone == ZoneInfo("Asia/Kolkata")
    assert config.budgets[0].snoozed_until == datetime(2026, 11, 30, 18, 30, tzinfo=UTC)
    assert parse(GOOD).budgets[0].snoozed_until is None


def test_text_saved_on_windows_is_read() -> None:
    """A byte order mark and line ends of Windows change nothing."""
    assert parse("\N{ZERO WIDTH NO-BREAK SPACE}" + GOOD.replace("\n", "\r\n")) == parse(GOOD)


def test_length_is_counted_in_bytes() -> None:
    """Eight kilobytes are read, and one byte more is not."""
    room = MOST_BYTES - len(GOOD) - 1
    assert parse(GOOD + "#" + "é" * (room // 2) + "#" * (room % 2)).budgets
    longer = GOOD + "#" + "é" * (room // 2) + "#" * (room % 2 + 1)
    assert mistakes(longer) == ("config: has 8,193 bytes; shorten it to at most 8,192",)


def test_the_example_is_right() -> None:
    """The commented example is a usable config, also with what it comments out."""
    text = (ROOT / "infra" / "budgets.toml").read_text("utf-8")
    assert len(parse(text).budgets) == 3
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    whole = parse("\n".join(line for line in lines if " = " in line or line.startswith("[")))
    rules = (whole.budgets, whole.spikes, whole.queries, whole.balances)
    assert [len(each) for each in rules] == [4, 1, 1, 1]
    assert whole.digest
    assert whole.budgets[0].forecast_at

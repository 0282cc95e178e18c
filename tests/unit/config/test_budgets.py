from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Hour, Month, Rolling, Week
from budget_alert.config.reading import MOST_BYTES, parse
from budget_alert.config.schema import Budget, Config, Filter, Period, Threshold
from budget_alert.errors import ConfigError

EXAMPLE = Path(__file__).parents[3] / "infra" / "budgets.toml"
MINIMAL = '[[budget]]\nname = "Everything"\npoints = 1_000_000\nperiod = "month"\n'
FULL = """
timezone = "Europe/London"
usd_per_million_points = 30.5

[[budget]]
name = "Everything"
points = 1_000_000
period = "month"
starts_on = 17
alert_at = ["120%", 800_000, "50%", "99.5%"]
bots = ["Claude-*"]
usage_types = ["api", "C*"]
api_keys = ["ci-*", "nightly"]
repeat = "12h"
snooze_until = 2026-12-01
accounts = ["prod*", "Research"]
"""


def only_budget(lines: str) -> Budget:
    """Give the budget of a minimal config with more lines."""
    return parse(MINIMAL + lines).budgets[0]


def with_period(lines: str) -> Period:
    """Give the period of a config whose budget has these lines in its place."""
    return parse(MINIMAL.replace('period = "month"', lines)).budgets[0].period


def test_every_key_is_read() -> None:
    """A config with every key becomes the values it spells."""
    assert parse(FULL) == Config(
        timezone="Europe/London",
        usd_per_million_points=Decimal("30.5"),
        budgets=(
            Budget(
                name="Everything",
                points=1_000_000,
                period=Month(17),
                alert_at=(
                    Threshold(500_000, Fraction(1, 2), "50%"),
                    Threshold(800_000, Fraction(4, 5), "800,000 points"),
                    Threshold(995_000, Fraction(199, 200), "99.5%"),
                    Threshold(1_200_000, Fraction(6, 5), "120%"),
                ),
                filter=Filter(("Claude-*",), ("api", "C*"), ("ci-*", "nightly")),
                repeat=timedelta(hours=12),
                snooze_until=date(2026, 12, 1),
                accounts=("prod*", "Research"),
                timezone="Europe/London",
            ),
        ),
    )


def test_what_is_left_out_has_its_default() -> None:
    """A minimal config is in UTC, without a price, counts everything and speaks at 80% and 100%."""
    levels = (Threshold(800_000, Fraction(4, 5), "80%"), Threshold(1_000_000, Fraction(1), "100%"))
    budget = Budget(name="Everything", points=1_000_000, period=Month(), alert_at=levels)
    assert parse(MINIMAL) == Config(timezone="UTC", usd_per_million_points=None, budgets=(budget,))


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ('period = "hour"', Hour()),
        ('period = "day"', Day()),
        ('period = "week"', Week(0)),
        ('period = "week"\nstarts_on = "sunday"', Week(6)),
        ('period = "week"\nstarts_on = "WednesDay"', Week(2)),
        ('period = "month"', Month(1)),
        ('period = "month"\nstarts_on = 31', Month(31)),
        ('period = "billing"', Billing()),
        ('period = "1h"', Rolling(1)),
        ('period = "24h"', Rolling(24)),
        ('period = "1d"', Rolling(24)),
        ('period = "90d"', Rolling(2160)),
        ('period = "2160h"', Rolling(2160)),
    ],
)
def test_periods_are_read(lines: str, period: Period) -> None:
    """Each spelling of a period becomes its value."""
    assert with_period(lines) == period


@given(st.integers(1, 10**12), st.integers(1, 100_000))
def test_points_of_a_share_are_rounded_up(points: int, tenths: int) -> None:
    """A share stands for the least whole points that reach it."""
    text = f"{tenths // 10}.{tenths % 10}%"
    lines = f'[[budget]]\nname = "x"\npoints = {points}\nperiod = "day"\nalert_at = ["{text}"]'
    (level,) = parse(lines).budgets[0].alert_at
    assert level.points >= points * level.share > level.points - 1
    assert (level.share, level.text) == (Fraction(tenths, 1000), text)


@given(
    st.sets(st.integers(1, 4) | st.integers(201, 2_000_000), min_size=1, max_size=9).flatmap(
        lambda s: st.permutations(sorted(s))
    )
)
def test_levels_ascend(thresholds: list[int]) -> None:
    """Levels ascend by points and by share, in whatever order the config has them."""
    levels = only_budget(f"alert_at = {thresholds}").alert_at
    assert [level.points for level in levels] == sorted(thresholds)
    assert [level.share for level in levels] == [Fraction(each, 1_000_000) for each in sorted(thresholds)]


def test_one_point_is_a_point() -> None:
    """A threshold of one point is not said in the plural."""
    assert only_budget("alert_at = [1]").alert_at[0].text == "1 point"


def test_usual_thresholds_of_a_tiny_budget_are_one() -> None:
    """Where 80% and 100% are the same number of points, the default is 100% alone."""
    tiny = parse('[[budget]]\nname = "x"\npoints = 4\nperiod = "day"').budgets[0]
    assert tiny.alert_at == (Threshold(4, Fraction(1), "100%"),)


def test_zone_and_end_of_silence_are_instants_of_the_zone() -> None:
    """A budget is silent until midnight, in the config's zone, of the day it names."""
    config = parse(FULL.replace("Europe/London", "Asia/Kolkata"))
    assert config.zone == config.budgets[0].zone == ZoneInfo("Asia/Kolkata")
    assert config.budgets[0].snoozed_until == datetime(2026, 11, 30, 18, 30, tzinfo=UTC)
    assert parse(MINIMAL).budgets[0].snoozed_until is None


def test_names_lose_the_blanks_around_them() -> None:
    """A name is read without the blanks around it, and keeps what people write with."""
    named = parse(MINIMAL.replace("Everything", "  Büro 👩\N{ZERO WIDTH JOINER}💻 "))
    assert named.budgets[0].name == "Büro 👩\N{ZERO WIDTH JOINER}💻"


def test_text_saved_on_windows_is_read() -> None:
    """A byte order mark and line ends of Windows change nothing."""
    assert parse("\N{ZERO WIDTH NO-BREAK SPACE}" + MINIMAL.replace("\n", "\r\n")) == parse(MINIMAL)


def test_length_is_counted_in_bytes() -> None:
    """Eight kilobytes are read, and one byte more is not."""
    room = MOST_BYTES - len(MINIMAL) - 1
    assert parse(MINIMAL + "#" + "é" * (room // 2)).budgets
    with pytest.raises(ConfigError, match=r"^config: has 8,194 bytes; shorten it to at most 8,192$"):
        parse(MINIMAL + "#" + "é" * (room // 2 + 1))


def test_the_example_is_right() -> None:
    """The commented example is a usable config, also with what it comments out."""
    text = EXAMPLE.read_text("utf-8")
    assert len(parse(text).budgets) == 3
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    whole = parse("\n".join(line for line in lines if " = " in line or line.startswith("[")))
    assert [len(rules) for rules in (whole.budgets, whole.spikes, whole.queries, whole.balances)] == [
        4,
        1,
        1,
        1,
    ]
    assert whole.digest
    assert whole.budgets[0].forecast_at

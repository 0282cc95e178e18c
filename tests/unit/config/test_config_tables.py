from datetime import time, timedelta
from decimal import Decimal

import pytest

from budget_alert.config.billing import Billing
from budget_alert.config.reading import parse
from budget_alert.config.schema import BalanceRule, Config, DigestRule, Filter, QueryRule, SpikeRule
from tests.support.configs import BALANCE, DIGEST, GOOD, QUERY, SPIKE, TABLES

FULL = """
timezone = "Europe/London"

[digest]
every = "week"
at = "18:30"
starts_on = "Friday"
accounts = ["prod*"]

[[spike]]
name = "Runaway script"
window = "2d"
times = 2.5
at_least = 20_000
together = true

[[query]]
name = "Expensive query"
points = 50_000
bots = ["Claude-*", "o?-mini"]
usage_types = ["api"]
api_keys = ["ci-*"]
accounts = ["research", "pro?"]

[[balance]]
name = "Running dry"
below = 100_000
runway = "3d"
accounts = ["*"]
"""


def test_every_key_is_read() -> None:
    """A config with every key of every table besides budgets becomes the values it spells."""
    assert parse(FULL) == Config(
        timezone="Europe/London",
        usd_per_million_points=None,
        budgets=(),
        spikes=(
            SpikeRule(
                name="Runaway script",
                window=timedelta(days=2),
                times=Decimal("2.5"),
                at_least=20_000,
                together=True,
            ),
        ),
        queries=(
            QueryRule(
                name="Expensive query",
                points=50_000,
                filter=Filter(("Claude-*", "o?-mini"), ("api",), ("ci-*",)),
                accounts=("research", "pro?"),
            ),
        ),
        balances=(BalanceRule(name="Running dry", below=100_000, runway=timedelta(days=3), accounts=("*",)),),
        digest=DigestRule(
            every="week", at=time(18, 30), starts_on=4, accounts=("prod*",), timezone="Europe/London"
        ),
    )


def test_what_is_left_out_has_its_default() -> None:
    """Four times as much as usual is a spike, a query counts whatever it is, and a digest comes at nine."""
    found = parse(SPIKE + QUERY + BALANCE + DIGEST)
    assert found.spikes == (
        SpikeRule(name="S", window=timedelta(hours=1), times=Decimal(4), at_least=20_000),
    )
    assert found.queries == (QueryRule(name="Q", points=50_000),)
    assert found.balances == (BalanceRule(name="B", below=100_000),)
    assert found.digest == DigestRule(every="week", at=time(9), starts_on=0, timezone="UTC")


@pytest.mark.parametrize("kind", TABLES)
def test_one_table_of_any_kind_is_enough(kind: str) -> None:
    """A config may consist of one rule of any kind, or of a digest alone."""
    alone = parse(TABLES[kind])
    read = [alone.budgets, alone.spikes, alone.queries, alone.balances, alone.digest]
    assert [bool(each) for each in read] == [each == kind for each in TABLES]


def test_rules_keep_their_order() -> None:
    """Several rules of a kind stand in the order of the config, whatever stands between them."""
    text = QUERY + SPIKE + QUERY.replace('"Q"', '"P"') + DIGEST
    assert [query.name for query in parse(text).queries] == ["Q", "P"]


def test_a_billing_cycle_is_a_period() -> None:
    """A budget may follow the grants of points, and may be forecast."""
    (budget,) = parse(GOOD.replace("month", "billing") + 'forecast_at = ["100%"]').budgets
    assert budget.period == Billing()
    assert [level.text for level in budget.forecast_at] == ["100%"]


@pytest.mark.parametrize("period", ["hour", "day", "week", "month", "billing"])
def test_forecasts_are_read_as_thresholds_are(period: str) -> None:
    """Forecasts are shares or points that ascend; what is told when reached is another list."""
    lines = 'forecast_at = ["120%", 500, "100%"]\nalert_at = ["90%"]'
    (budget,) = parse(GOOD.replace("month", period) + lines).budgets
    assert [(level.points, level.text) for level in budget.forecast_at] == [
        (500, "500 points"),
        (1_000, "100%"),
        (1_200, "120%"),
    ]
    assert [level.text for level in budget.alert_at] == ["90%"]


def test_without_forecasts_there_are_none() -> None:
    """Nothing is forecast unless it is asked for."""
    assert parse(GOOD).budgets[0].forecast_at == ()


@pytest.mark.parametrize(
    ("value", "times"), [("1.1", "1.1"), ("2", "2"), ("4.0", "4"), ("1e1", "10"), ("1_000", "1000")]
)
def test_times_are_numbers(value: str, times: str) -> None:
    """A spike is measured by a whole number or a decimal one."""
    assert parse(f"{SPIKE}times = {value}").spikes[0].times == Decimal(times)


@pytest.mark.parametrize(("value", "hours"), [("1h", 1), ("1d", 24), ("7d", 168), ("168h", 168)])
def test_spikes_have_windows_of_up_to_a_week(value: str, hours: int) -> None:
    """The window of a spike is a length."""
    assert parse(SPIKE.replace("1h", value)).spikes[0].window == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("lines", "below", "runway"),
    [
        ("below = 5", 5, None),
        ('runway = "12h"', None, timedelta(hours=12)),
        ('runway = "90d"\nbelow = 1', 1, timedelta(days=90)),
    ],
)
def test_a_balance_has_one_limit_or_both(lines: str, below: int | None, runway: timedelta | None) -> None:
    """Of what is left, the points are judged, or the time for which they will do, or both."""
    (found,) = parse(f'[[balance]]\nname = "B"\n{lines}').balances
    assert found == BalanceRule(name="B", below=below, runway=runway)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ('"00:00"', time(0)),
        ('"23:59"', time(23, 59)),
        ("09:05:00", time(9, 5)),
        ("09:05:00.000", time(9, 5)),
    ],
)
def test_a_digest_comes_at_a_time_of_the_clock(value: str, at: time) -> None:
    """The time is text of hours and minutes, or TOML's own time without seconds to speak of."""
    found = parse(f"{DIGEST}at = {value}").digest
    assert found == DigestRule(every="week", at=at)


def test_a_digest_of_a_day_has_no_first_day() -> None:
    """A daily digest is that of its default."""
    assert parse('[digest]\nevery = "day"').digest == DigestRule(every="day", at=time(9))

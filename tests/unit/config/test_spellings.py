from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, strategies as st
from msgspec.structs import replace

from budget_alert.config.billing import Billing
from budget_alert.config.periods import WEEKDAYS, Day, Hour, Month, Rolling, Week
from budget_alert.config.reading import parse
from budget_alert.config.schema import (
    CLEARLY_BELOW,
    BalanceRule,
    Budget,
    Config,
    DigestRule,
    Filter,
    Period,
    QueryRule,
    SpikeRule,
    Threshold,
)
from tests.support.configs import TABLES, table, takes

HOUR = timedelta(hours=1)

points = st.integers(1, 10**12)
patterns = st.lists(st.sampled_from(["Claude-*", "o?", "[ab]", "é", "API"]), max_size=3).map(tuple)
filters = st.builds(Filter, patterns, st.sampled_from([(), ("API",), ("chat", "C*")]), patterns)
accounts = st.lists(st.sampled_from(["prod*", "Research", "[ab]?", "é"]), max_size=3).map(tuple)
lengths = st.integers(1, 90 * 24).map(lambda count: count * HOUR)
weekdays = st.integers(0, 6)
endings = st.one_of(
    st.sampled_from([Hour(), Day(), Billing()]),
    st.builds(Week, weekdays),
    st.builds(Month, st.integers(1, 31)),
)
shares = st.sets(st.integers(1, 10_000), min_size=1, max_size=4)
factors = st.decimals(Decimal("1.1"), 1000, places=2) | st.integers(2, 1000).map(Decimal)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
of_one_or_all = accounts.map(lambda whose: dict[str, Any](accounts=whose)) | st.just(
    dict[str, Any](together=True)
)
names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=80
).filter(lambda name: name == name.strip())


def read(text: str) -> Config:
    """Read a config, which an editor takes too."""
    assert takes(text)
    return parse(text)


def length(span: timedelta | None) -> str | None:
    """Spell a length: whole days as days."""
    if span is None:
        return None
    return f"{span // HOUR}h" if span.seconds else f"{span.days}d"


def filtering(kept: Filter) -> dict[str, object]:
    """Spell a filter."""
    return {"bots": kept.bots, "usage_types": kept.usage_types, "api_keys": kept.api_keys}


def sharing(rule: Budget | SpikeRule | DigestRule) -> dict[str, object]:
    """Spell which accounts a rule is about, and whether they are one sum."""
    return {"accounts": rule.accounts, "together": rule.together}


def apart(rule: Budget) -> Budget:
    """Evaluate each account by itself where several have no sum: of grants, and of what came by a key."""
    sums = rule.together and not rule.filter.api_keys and not isinstance(rule.period, Billing)
    return replace(rule, together=sums)


def period(value: Period) -> Iterator[tuple[str, object]]:
    """Spell a period."""
    if isinstance(value, Rolling):
        yield "period", length(value.hours * HOUR)
        return
    yield "period", type(value).__name__.lower()
    if isinstance(value, Week):
        yield "starts_on", WEEKDAYS[value.starts_on]
    if isinstance(value, Month):
        yield "starts_on", value.starts_on


def rearming(rule: Budget) -> dict[str, object]:
    """Spell when thresholds re-arm, which only those of rolling periods do."""
    rolls = isinstance(rule.period, Rolling)
    return {"rearm_below": f"{int(rule.rearm_below * 100)}%"} if rolls else {}


def levels(limit: int, found: set[int]) -> tuple[Threshold, ...]:
    """Give the levels of shares, in percent, of a number of hundreds of points."""
    return tuple(Threshold(limit * each // 100, Fraction(each, 100), f"{each}%") for each in sorted(found))


@given(
    st.builds(
        Budget,
        name=names,
        points=st.integers(1, 10**10).map(lambda hundreds: hundreds * 100),
        period=endings | st.builds(Rolling, st.integers(1, 90 * 24)),
        alert_at=st.just(()),
        filter=filters,
        repeat=st.none() | lengths,
        rearm_below=st.integers(10, 100).map(lambda percent: Fraction(percent, 100)),
        snooze_until=st.none() | st.dates(date(2000, 1, 1), date(2199, 12, 31)),
        accounts=accounts,
        together=st.booleans(),
    ).map(apart),
    shares,
)
def test_every_budget_is_read_as_it_is_spelled(rule: Budget, alert_at: set[int]) -> None:
    """A budget of any name, period, thresholds, filter, repeat, end of silence and accounts."""
    text = table(
        "budget",
        name=rule.name,
        points=rule.points,
        **dict(period(rule.period)),
        alert_at=[f"{share}%" for share in alert_at],
        **filtering(rule.filter),
        repeat=length(rule.repeat),
        **rearming(rule),
        snooze_until=rule.snooze_until,
        **sharing(rule),
    )
    (found,) = read(text).budgets
    rearm_below = rule.rearm_below if rearming(rule) else CLEARLY_BELOW
    assert found == replace(rule, alert_at=levels(rule.points, alert_at), rearm_below=rearm_below)


@given(endings, st.integers(1, 10**10), shares)
def test_every_forecast_is_read_as_it_is_spelled(value: Period, hundreds: int, forecast_at: set[int]) -> None:
    """A forecast of any period that ends, at any shares in any order."""
    keys = dict(period(value))
    spelled = [f"{share}%" for share in forecast_at]
    text = table("budget", name="A", points=hundreds * 100, forecast_at=spelled, **keys)
    (found,) = read(text).budgets
    assert (found.period, found.forecast_at) == (value, levels(hundreds * 100, forecast_at))


@given(
    st.builds(
        SpikeRule,
        name=names,
        window=st.integers(1, 168).map(lambda count: count * HOUR),
        times=factors,
        at_least=points,
    ),
    of_one_or_all,
)
def test_every_spike_is_read_as_it_is_spelled(spelled: SpikeRule, whose: dict[str, Any]) -> None:
    """A spike rule of any name, window, times, points and accounts, or of all together."""
    rule = replace(spelled, **whose)
    keys = sharing(rule) | {"window": length(rule.window), "times": rule.times, "at_least": rule.at_least}
    assert read(table("spike", name=rule.name, **keys)).spikes == (rule,)


@given(st.builds(QueryRule, name=names, points=points, filter=filters, accounts=accounts))
def test_every_query_rule_is_read_as_it_is_spelled(rule: QueryRule) -> None:
    """A query rule of any name, points, filter and accounts."""
    keys = filtering(rule.filter) | {"accounts": rule.accounts}
    text = table("query", name=rule.name, points=rule.points, **keys)
    assert read(text).queries == (rule,)


@given(
    st.builds(BalanceRule, name=names, below=points, runway=st.none() | lengths, accounts=accounts)
    | st.builds(BalanceRule, name=names, runway=lengths, accounts=accounts)
)
def test_every_balance_is_read_as_it_is_spelled(rule: BalanceRule) -> None:
    """A balance rule of any name and accounts, with points, a runway or both."""
    keys = {"below": rule.below, "runway": length(rule.runway), "accounts": rule.accounts}
    text = table("balance", name=rule.name, **keys)
    assert read(text).balances == (rule,)


@given(
    st.builds(DigestRule, every=st.just("day"), at=clocks)
    | st.builds(DigestRule, every=st.just("week"), at=clocks, starts_on=weekdays),
    of_one_or_all,
)
def test_every_digest_is_read_as_it_is_spelled(spelled: DigestRule, whose: dict[str, Any]) -> None:
    """A digest of any day or week, of any accounts or of all together, its time as text or as TOML's own."""
    rule = replace(spelled, **whose)
    starts_on = WEEKDAYS[rule.starts_on] if rule.every == "week" else None
    for at in (f"{rule.at:%H:%M}", rule.at):
        keys = {"at": at, "starts_on": starts_on} | sharing(rule)
        assert read(table("digest", every=rule.every, **keys)).digest == rule


@given(st.permutations(list(TABLES)), st.integers(1, 5))
def test_tables_do_not_touch_each_other(order: list[str], count: int) -> None:
    """Each kind of rule is read the same, whatever other kinds stand above and below."""
    together = read("".join(TABLES[kind] for kind in order[:count]))
    alone = [rule for kind in TABLES if kind in order[:count] for rule in read(TABLES[kind]).rules]
    assert list(together.rules) == alone

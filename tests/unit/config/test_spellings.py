from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec import Struct, structs
from msgspec.structs import replace

from budget_alert.config.billing import Billing
from budget_alert.config.keys import Rule, fields
from budget_alert.config.periods import WEEKDAYS, Day, Hour, Month, Rolling, Week
from budget_alert.config.reading import parse
from budget_alert.config.schema import (
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
factors = st.decimals(Decimal("1.1"), 1000, places=2) | st.integers(2, 1000).map(Decimal)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=80
).filter(lambda name: name == name.strip())


@st.composite
def budgets(draw: st.DrawFn) -> Budget:
    """Give a budget of any keys that go together: of grants, and of what came by a key, there is no sum."""
    limit = draw(st.integers(1, 10**10)) * 100
    levels = st.sets(st.integers(1, 10_000), min_size=1, max_size=4).map(
        lambda found: tuple(
            Threshold(limit * each // 100, Fraction(each, 100), f"{each}%") for each in sorted(found)
        )
    )
    shares = st.integers(10, 100).map(lambda percent: Fraction(percent, 100))
    ending: dict[str, Any] = {"period": endings, "forecast_at": st.just(()) | levels}
    rolling: dict[str, Any] = {"period": st.builds(Rolling, st.integers(1, 90 * 24)), "rearm_below": shares}
    rule = draw(
        st.builds(
            Budget,
            name=names,
            points=st.just(limit),
            alert_at=levels,
            filter=filters,
            repeat=st.none() | lengths,
            snooze_until=st.none() | st.dates(date(2000, 1, 1), date(2199, 12, 31)),
            accounts=accounts,
            together=st.booleans(),
            **draw(st.sampled_from([ending, rolling])),
        )
    )
    sums = rule.together and not rule.filter.api_keys and not isinstance(rule.period, Billing)
    return replace(rule, together=sums)


def of_one_or_all(rule: type[Rule], **keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    """Give rules of some accounts, and of the sum of all."""
    return st.builds(rule, accounts=accounts, **keys) | st.builds(rule, together=st.just(value=True), **keys)


RULES: dict[str, st.SearchStrategy[Rule]] = {
    "budget": budgets(),
    "spike": of_one_or_all(
        SpikeRule,
        name=names,
        window=st.integers(1, 168).map(lambda count: count * HOUR),
        times=factors,
        at_least=points,
    ),
    "query": st.builds(QueryRule, name=names, points=points, filter=filters, accounts=accounts),
    "balance": st.builds(BalanceRule, name=names, below=points, runway=st.none() | lengths, accounts=accounts)
    | st.builds(BalanceRule, name=names, runway=lengths, accounts=accounts),
    "digest": of_one_or_all(DigestRule, every=st.just("day"), at=clocks)
    | of_one_or_all(DigestRule, every=st.just("week"), at=clocks, starts_on=weekdays),
}


def read(text: str) -> Config:
    """Read a config, which an editor takes too."""
    assert takes(text)
    return parse(text)


def keys_of(rule: Struct, *, own: bool) -> Iterator[tuple[str, object]]:
    """Spell the keys of a table, without what is usual; a time of the day as text or as TOML's own."""
    usual = {field.name: field.default for field in structs.fields(rule)}
    for field in fields(type(rule)):
        value = getattr(rule, field.name)
        if isinstance(value, Struct) and field.group:
            yield from keys_of(value, own=own)
        elif field.name == "period":
            yield from period(value)
        elif isinstance(rule, DigestRule) and field.name == "starts_on" and rule.every == "week":
            yield "starts_on", WEEKDAYS[value]
        elif field.parts and value != usual[field.name]:
            yield field.name, spelled(value, own=own)


def spelled(value: object, *, own: bool) -> object:
    """Spell a value: whole days as days, shares in percent."""
    match value:
        case timedelta():
            return f"{value // HOUR}h" if value.seconds else f"{value.days}d"
        case Fraction():
            return f"{int(value * 100)}%"
        case time():
            return value if own else f"{value:%H:%M}"
        case tuple():
            return [each.text if isinstance(each, Threshold) else each for each in value]
    return value


def period(value: Period) -> Iterator[tuple[str, object]]:
    """Spell a period."""
    if isinstance(value, Rolling):
        yield "period", spelled(value.hours * HOUR, own=False)
        return
    yield "period", type(value).__name__.lower()
    if isinstance(value, Week):
        yield "starts_on", WEEKDAYS[value.starts_on]
    if isinstance(value, Month):
        yield "starts_on", value.starts_on


@pytest.mark.parametrize("kind", RULES)
@given(data=st.data(), own=st.booleans())
def test_every_rule_is_read_as_it_is_spelled(kind: str, data: st.DataObject, *, own: bool) -> None:
    """A rule of any name and any values of its keys."""
    rule = data.draw(RULES[kind])
    assert read(table(kind, **dict(keys_of(rule, own=own)))).rules == ((kind, rule),)


@given(st.permutations(list(TABLES)), st.integers(1, 5))
def test_tables_do_not_touch_each_other(order: list[str], count: int) -> None:
    """Each kind of rule is read the same, whatever other kinds stand above and below."""
    together = read("".join(TABLES[kind] for kind in order[:count]))
    alone = [rule for kind in TABLES if kind in order[:count] for rule in read(TABLES[kind]).rules]
    assert list(together.rules) == alone

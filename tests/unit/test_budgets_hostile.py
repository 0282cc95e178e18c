import json
from collections.abc import Mapping
from datetime import date, datetime, time

from hypothesis import given
from hypothesis import strategies as st

from budget_alert.config.budgets import Config, parse
from budget_alert.errors import ConfigError

BUDGET_KEYS = (
    "name points period starts_on alert_at bots usage_types api_keys repeat snooze_until forecast_at"
)
TOP_KEYS = "timezone usd_per_million_points budget spike query balance digest"

words = st.sampled_from(
    ["month", "week", "24h", "monday", "80%", "1e3%", "UTC", "utc", "API", "*", "", "billing"]
)
scalars = st.one_of(
    words,
    st.text(max_size=30),
    st.booleans(),
    st.integers(-5, 40),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
keys = st.sampled_from([*BUDGET_KEYS.split(), *TOP_KEYS.split()]) | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)
budgets = st.lists(st.dictionaries(keys, values, max_size=8), max_size=3)
configs = st.fixed_dictionaries({"budget": budgets | values}, optional={"timezone": values})

right = {
    "name": '"A"',
    "points": "1_000",
    "period": '"week"',
    "starts_on": '"sunday"',
    "alert_at": '["50%", 10]',
}
wrong = {
    "name": ('""', "budget[1].name"),
    "points": ("1.5", "budget[1].points"),
    "period": ('"mnth"', "budget[1].period"),
    "starts_on": ('"mnday"', "budget[1].starts_on"),
    "alert_at": ('["50%", "x"]', "budget[1].alert_at[2]"),
    "bots": ("[]", "budget[1].bots"),
    "usage_types": ('["API", 1]', "budget[1].usage_types[2]"),
    "api_keys": ('"ci"', "budget[1].api_keys"),
    "repeat": ('"1w"', "budget[1].repeat"),
    "snooze_until": ('"2026-12-01"', "budget[1].snooze_until"),
    "forecast_at": ("[]", "budget[1].forecast_at"),
    "zzz": ("1", "budget[1].zzz"),
}


def toml(value: object) -> str:
    """Spell a value as TOML, tables inline."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)


def outcome(text: str) -> Config | ConfigError:
    """Give the config, or the error that says what is wrong with it."""
    try:
        return parse(text)
    except ConfigError as error:
        return error


def assert_usable(found: Config | ConfigError) -> None:
    """Check that there are budgets in order, or mistakes of one line each that begin with a path."""
    if isinstance(found, ConfigError):
        assert found.mistakes
        assert all(": " in mistake and mistake.isprintable() for mistake in found.mistakes)
        return
    assert found.budgets
    for budget in found.budgets:
        points = [level.points for level in budget.alert_at]
        assert points == sorted(set(points))
        assert all(level.points > 0 for level in budget.alert_at)
        assert (budget.zone.key, len(budget.fingerprint)) == (found.timezone, 16)


@given(st.text())
def test_any_text_is_a_config_or_a_config_error(text: str) -> None:
    """Random text gives a config or a ConfigError, and never another exception."""
    assert_usable(outcome(text))


@given(configs)
def test_any_toml_is_a_config_or_a_config_error(config: dict[str, object]) -> None:
    """Any types and values at any key give a config or a ConfigError, and never another exception."""
    assert_usable(outcome("\n".join(f"{key} = {toml(value)}" for key, value in config.items())))


@given(st.sets(st.sampled_from(sorted(wrong)), min_size=1))
def test_every_mistake_is_found_at_once(planted: set[str]) -> None:
    """Of any set of mistakes put into a good config, each is reported once, with its path."""
    lines = right | {key: wrong[key][0] for key in planted}
    found = outcome("[[budget]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items()))
    assert isinstance(found, ConfigError)
    paths = [mistake.partition(":")[0].partition(" of ")[0] for mistake in found.mistakes]
    assert sorted(paths) == sorted(wrong[key][1] for key in planted)


def test_the_good_config_is_good() -> None:
    """Without a mistake put into it, the config of the test above is usable."""
    found = outcome("[[budget]]\n" + "\n".join(f"{key} = {value}" for key, value in right.items()))
    assert isinstance(found, Config)

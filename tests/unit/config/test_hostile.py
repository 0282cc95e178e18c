import re

from hypothesis import given, strategies as st

from budget_alert.config.billing import Billing
from budget_alert.config.keys import Tables, declared
from budget_alert.config.schema import Config, DigestRule
from budget_alert.errors import ConfigError
from tests.support.configs import outcome, toml

PATH = re.compile(
    r"""(?: config | line\ [0-9]+
          | (?: (?: budget | spike | query | balance )\[[0-9]+\]\. | digest\. )?  # the table
            (?: [A-Za-z0-9_-]+ | ".*" ) (?: \[[0-9]+\] )? (?: \ of\ ".*" )?      # the key and the owner
        ):\ .+""",
    re.VERBOSE,
)

words = st.sampled_from(
    ["month", "week", "24h", "monday", "80%", "1e3%", "UTC", "utc", "API", "*", "", "billing", "09:00", "day"]
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
KEYS = {
    kind: list(declared(part.rule)) for kind, part in declared(Config).items() if isinstance(part, Tables)
}
known = sorted({*declared(Config), *(key for keys in KEYS.values() for key in keys)})
keys = st.sampled_from(known) | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)
near_right = {
    "name": st.sampled_from("ABCab"),
    "window": st.sampled_from(["1h", "7d", "8d"]),
    "times": st.decimals(0, 1001) | st.integers(0, 1001),
    "every": st.sampled_from(["day", "week", "month"]),
    "at": st.sampled_from(["09:00", "9:00"]) | st.times(),
    "period": words,
    "together": st.booleans(),
    "accounts": st.lists(st.sampled_from(["prod*", "all", ""]), max_size=2),
}


def tables(kind: str) -> st.SearchStrategy[dict[str, object]]:
    """Give tables of a kind with some of its keys, right, nearly right and wrong, and perhaps others."""
    own = {key: near_right.get(key, st.integers(-1, 10**6)) | values for key in KEYS[kind]}
    some = st.fixed_dictionaries({}, optional=own)
    return st.builds(dict[str, object], some) | st.dictionaries(keys, values, max_size=8)


configs = st.fixed_dictionaries(
    {},
    optional={
        "timezone": values,
        "digest": tables("digest") | values,
        **{kind: st.lists(tables(kind), max_size=3) | values for kind in KEYS if kind != "digest"},
    },
)


def assert_usable(found: Config | ConfigError) -> None:
    """Check that there are rules in order, or mistakes of one line each that begin with a path."""
    if isinstance(found, ConfigError):
        assert found.mistakes
        assert all(PATH.fullmatch(mistake) and mistake.isprintable() for mistake in found.mistakes)
        return
    rules = [rule for _, rule in found.rules if not isinstance(rule, DigestRule)]
    assert rules or found.digest
    assert len({rule.name.casefold() for rule in rules}) == len(rules)
    assert all(len(rule.fingerprint) == 16 for rule in rules)
    assert all(balance.below or balance.runway for balance in found.balances)
    assert not any(spike.together and spike.accounts for spike in found.spikes)
    assert not (found.digest and found.digest.together and found.digest.accounts)
    for budget in found.budgets:
        for levels in (budget.alert_at, budget.forecast_at):
            points = [level.points for level in levels]
            assert points == sorted(set(points))
            assert all(level.points > 0 for level in levels)
        assert not (budget.together and (budget.filter.api_keys or isinstance(budget.period, Billing)))
        assert budget.zone.key == found.timezone


@given(st.text())
def test_any_text_is_a_config_or_a_config_error(text: str) -> None:
    """Random text gives a config or a ConfigError, and never another exception."""
    assert_usable(outcome(text))


@given(configs)
def test_any_toml_is_a_config_or_a_config_error(config: dict[str, object]) -> None:
    """Any types and values at any key give a config or a ConfigError, and never another exception."""
    assert_usable(outcome("\n".join(f"{key} = {toml(value)}" for key, value in config.items())))

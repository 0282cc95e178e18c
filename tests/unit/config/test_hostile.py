import re

from hypothesis import given, strategies as st

from budget_alert.config.billing import Billing
from budget_alert.config.keys import Tables, declared
from budget_alert.config.schema import Config, DigestRule
from budget_alert.errors import ConfigError
from tests.support.configs import GOOD, TABLES, mistakes, outcome, toml

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

WRONG = {
    ("budget", "name"): ('""', "budget[1].name"),
    ("budget", "points"): ("1.5", "budget[1].points"),
    ("budget", "period"): ('"mnth"', "budget[1].period"),
    ("budget", "starts_on"): ('"mnday"', "budget[1].starts_on"),
    ("budget", "alert_at"): ('["50%", "x"]', "budget[1].alert_at[2]"),
    ("budget", "bots"): ("[]", "budget[1].bots"),
    ("budget", "usage_types"): ('["API", 1]', "budget[1].usage_types[2]"),
    ("budget", "api_keys"): ('"ci"', "budget[1].api_keys"),
    ("budget", "repeat"): ('"1w"', "budget[1].repeat"),
    ("budget", "rearm_below"): ('"5%"', "budget[1].rearm_below"),
    ("budget", "snooze_until"): ('"2026-12-01"', "budget[1].snooze_until"),
    ("budget", "forecast_at"): ('["50%", "y"]', "budget[1].forecast_at[2]"),
    ("budget", "accounts"): ("[true]", "budget[1].accounts[1]"),
    ("budget", "together"): ("[]", "budget[1].together"),
    ("budget", "zzz"): ("1", "budget[1].zzz"),
    ("spike", "name"): ('"a\\nb"', "spike[1].name"),
    ("spike", "window"): ('"8d"', "spike[1].window"),
    ("spike", "times"): ("1", "spike[1].times"),
    ("spike", "at_least"): ("0", "spike[1].at_least"),
    ("spike", "accounts"): ("5", "spike[1].accounts"),
    ("spike", "together"): ('"yes"', "spike[1].together"),
    ("spike", "points"): ("5", "spike[1].points"),
    ("spike", "zzz"): ("1", "spike[1].zzz"),
    ("query", "name"): ("1", "query[1].name"),
    ("query", "points"): ("1.5", "query[1].points"),
    ("query", "bots"): ("[1]", "query[1].bots[1]"),
    ("query", "usage_types"): ('["API", "Caht"]', "query[1].usage_types[2]"),
    ("query", "api_keys"): ("[]", "query[1].api_keys"),
    ("query", "accounts"): ('["prod", ""]', "query[1].accounts[2]"),
    ("query", "together"): ("true", "query[1].together"),
    ("query", "window"): ('"1h"', "query[1].window"),
    ("balance", "name"): ('""', "balance[1].name"),
    ("balance", "below"): ("-1", "balance[1].below"),
    ("balance", "runway"): ('"3w"', "balance[1].runway"),
    ("balance", "accounts"): ('["ALL"]', "balance[1].accounts[1]"),
    ("balance", "together"): ("false", "balance[1].together"),
    ("balance", "digest"): ("1", "balance[1].digest"),
    ("digest", "every"): ('"dy"', "digest.every"),
    ("digest", "at"): ('"9:00"', "digest.at"),
    ("digest", "starts_on"): ('"mnday"', "digest.starts_on"),
    ("digest", "accounts"): ("[]", "digest.accounts"),
    ("digest", "together"): ("1", "digest.together"),
    ("digest", "timezone"): ('"UTC"', "digest.timezone"),
}
"""Keys of each kind of table, with a value that is wrong there and the path that is then named."""
RIGHT = TABLES | {"budget": GOOD.replace("month", "week") + 'starts_on = "sunday"\nalert_at = ["50%", 10]\n'}


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


def spoiled(kind: str, planted: dict[str, str]) -> str:
    """Give the good table of a kind, some of whose keys have other values."""
    head, *lines = RIGHT[kind].splitlines()
    keys = dict(line.split(" = ") for line in lines) | planted
    return "\n".join([head, *(f"{key} = {value}" for key, value in keys.items()), ""])


@given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
def test_every_mistake_is_found_at_once(planted: set[tuple[str, str]]) -> None:
    """Of any set of mistakes put into tables of all kinds, each is reported once, with its path."""
    values = {kind: {key: WRONG[kind, key][0] for owner, key in planted if owner == kind} for kind in TABLES}
    found = mistakes("".join(spoiled(kind, values[kind]) for kind in TABLES))
    paths = [mistake.partition(":")[0].partition(" of ")[0] for mistake in found]
    assert sorted(paths) == sorted(WRONG[each][1] for each in planted)


def test_what_is_spoiled_is_good() -> None:
    """Without a mistake put into it, the config of the test above is usable."""
    assert isinstance(outcome("".join(spoiled(kind, {}) for kind in RIGHT)), Config)

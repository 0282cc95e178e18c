from hypothesis import given
from hypothesis import strategies as st

from tests.support.configs import TABLES, mistakes

WRONG = {
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


def spoiled(kind: str, planted: dict[str, str]) -> str:
    """Give the good table of a kind, some of whose keys have other values."""
    head, *lines = TABLES[kind].splitlines()
    keys = dict(line.split(" = ") for line in lines) | planted
    return "\n".join([head, *(f"{key} = {value}" for key, value in keys.items()), ""])


@given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
def test_every_mistake_is_found_at_once(planted: set[tuple[str, str]]) -> None:
    """Of any set of mistakes put into tables of all kinds, each is reported once, with its path."""
    values = {kind: {key: WRONG[kind, key][0] for owner, key in planted if owner == kind} for kind in TABLES}
    found = mistakes("".join(spoiled(kind, values[kind]) for kind in TABLES))
    paths = [mistake.partition(":")[0].partition(" of ")[0] for mistake in found]
    assert sorted(paths) == sorted(WRONG[each][1] for each in planted)

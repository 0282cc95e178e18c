import re
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase, translate
from fractions import Fraction
from unicodedata import normalize

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Month, Rolling, Week
from budget_alert.config.schema import BalanceRule, Budget, Filter, NamedRule, QueryRule, SpikeRule, Threshold

BUDGET = Budget(
    name="Everything",
    points=1_000_000,
    period=Month(17),
    alert_at=(Threshold(1_000_000, Fraction(1), "100%"),),
    filter=Filter(("Claude-*", "GPT-*"), ("API",), ("ci-*",)),
    timezone="Europe/London",
)
SPIKE = SpikeRule(name="Sudden burst", window=timedelta(hours=1), times=Decimal(4), at_least=20_000)
QUERY = QueryRule(name="Expensive query", points=50_000, filter=Filter(("Claude-*", "GPT-*"), ("API",)))
BALANCE = BalanceRule(name="Running dry", below=100_000, runway=timedelta(days=3))
plain = st.text(st.sampled_from("ab*?[]!-^\\&|~.k"), max_size=12)


def named(name: str) -> Budget:
    """Give the budget by another name, which it filters by, too."""
    return replace(BUDGET, name=name, filter=Filter((f"{name}*",), (), ("\uff23\uff29-*",)))


@pytest.mark.parametrize(
    ("expected", "filters"),
    [
        (True, [Filter(), Filter(bots=("claude-*",)), Filter(bots=("GPT-*", "*SONNET*"))]),
        (True, [Filter(usage_types=("api",)), Filter(api_keys=("CI-?",))]),
        (True, [Filter(("claude-*",), ("API",), ("ci-*",))]),
        (False, [Filter(bots=("Claude",)), Filter(usage_types=("Chat", "Canvas App"))]),
        (False, [Filter(api_keys=("[ab]*",)), Filter(("claude-*",), ("API",), ("prod-*",))]),
        (False, [Filter(("claude-*",), ("Chat",), ("ci-*",))]),
    ],
)
def test_filters_match_in_any_case(expected: bool, filters: list[Filter]) -> None:  # noqa: FBT001 - a table's column
    """A filter keeps what fits one pattern of each kind that it names, whatever the case."""
    assert {kept.matches("Claude-Sonnet-4.5", "API", "ci-1") for kept in filters} == {expected}


def test_usage_without_a_key_fits_only_what_fits_nothing() -> None:
    """Usage without an API key is kept by no named key, and by the pattern for any text."""
    assert not Filter(api_keys=("ci-*",)).matches("Claude", "Chat", "")
    assert Filter(api_keys=("*",)).matches("Claude", "Chat", "")


@given(st.lists(plain, min_size=1, max_size=4), plain)
def test_patterns_are_those_of_the_shell(patterns: list[str], value: str) -> None:
    """One of several has to fit the whole text, as Python's fnmatch defines it, or with brackets as such."""
    spelled = [*patterns, *(pattern.replace("[", "[[]") for pattern in patterns)]
    expected = any(fnmatchcase(value, pattern) for pattern in spelled)
    assert Filter(bots=tuple(patterns)).matches(value, "API", "") is expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_a_pattern(pattern: str, bot: str) -> None:
    """No pattern is refused once it is read, and every name fits itself, and what looks like it."""
    assert Filter(bots=(pattern,)).matches(bot, "API", "") or pattern != bot
    for alike in (normalize("NFC", bot), normalize("NFD", bot), normalize("NFKC", bot)):
        assert Filter(bots=(bot,)).matches(alike, "API", "")
        assert Filter(bots=(alike,)).matches(bot, "API", "")


FITS = [
    (normalize("NFC", "Café"), normalize("NFD", "Café")),
    (normalize("NFD", "Café*"), normalize("NFC", "CAFÉ-2")),
    ("caf?", normalize("NFD", "Café")),
    (normalize("NFD", "caf[éè]"), normalize("NFC", "CAFÈ")),
    *(("Straße-*", "STRASSE-1"), ("stra?e", "Straße"), ("Σίσυφος", "ΣΊΣΥΦΟΣ")),
    *(("\uff27\uff30\uff34-4o", "GPT-4o"), ("GPT\uff0a", "GPT*"), ("ci-[0-9]", "ci-7")),
    *(("GPT-4o [beta]", "GPT-4o [beta]"), ("gpt-4o [beta]*", "GPT-4o [Beta] v2")),
    *(("GPT-4o [beta]", "GPT-4o b"), ("GPT-4o [[]beta]", "GPT-4o [beta]")),
]
MISSES = [*(("GPT\uff0a", "GPT-4o"), ("GPT-4o [beta]", "GPT-4o x"), ("ci-[!0-9]", "ci-7"), ("Cafe", "Café"))]


@pytest.mark.parametrize(("pattern", "name"), [*FITS, *MISSES])
def test_patterns_fit_what_the_eye_sees(pattern: str, name: str) -> None:
    """Case and Unicode's forms do not count; a bracket is a choice of characters, and itself."""
    assert Filter(bots=(pattern,)).matches(name, "API", "") is ((pattern, name) in FITS)


@given(st.lists(st.text(max_size=9), min_size=1, max_size=3), st.text(max_size=9))
def test_what_fitted_once_still_fits(patterns: list[str], name: str) -> None:
    """No rule counts less after an upgrade than a pattern in any case has always meant."""
    once = any(re.match(translate(pattern), name, re.IGNORECASE) for pattern in patterns)
    assert Filter(bots=tuple(patterns)).matches(name, "API", "") or not once


@pytest.mark.parametrize(
    ("rule", "fingerprint"),
    [
        (BUDGET, "c607fd5bb27f8398"),
        (SPIKE, "0cef918720d1b2a6"),
        (QUERY, "d3e4dad16a30982e"),
        (BALANCE, "70c17f6759400e68"),
        # One name for patterns, and two for the ledger: neither starts afresh by an upgrade.
        (named("Caf\u00e9 [beta]"), "d16321f7480ea700"),
        (named("Cafe\u0301 [beta]"), "d6600326d96368a8"),
    ],
)
def test_a_fingerprint_stays(rule: NamedRule, fingerprint: str) -> None:
    """A fingerprint is the same in every process and version: rules in the ledger hang on it."""
    assert rule.fingerprint == fingerprint


PATTERNS = Filter(("gpt-*", "CLAUDE-*", "claude-*"), ("api",), ("CI-*",))
FEW = (Threshold(5, Fraction(1, 2), "5 points"),)
OTHERS: list[tuple[NamedRule, list[dict[str, object]]]] = [
    (BUDGET, [{"name": "everything"}, {"timezone": "Europe/Paris"}, {"filter": Filter()}]),
    (BUDGET, [{"period": other} for other in (Month(18), Month(), Day(), Week(0), Week(1), Rolling(24))]),
    (BUDGET, [{"period": Billing()}, {"filter": Filter(("Claude-*",), ("API",), ("ci-*",))}]),
    (BUDGET, [{"filter": Filter(("Claude-*", "GPT-*"), ("ci-*",), ("API",))}]),
    (SPIKE, [{"name": "sudden burst"}, {"window": timedelta(hours=2)}]),
    (QUERY, [{"name": "expensive query"}, {"filter": Filter()}, {"points": 5}]),
    (QUERY, [{"filter": Filter(("Claude-*",), ("API",))}]),
    (BALANCE, [{"name": "running dry"}]),
]
"""Another name, filter, zone, period, start or window, and other points of one query."""
SAME: list[tuple[NamedRule, list[dict[str, object]]]] = [
    (BUDGET, [{"points": 5, "alert_at": FEW, "forecast_at": FEW}, {"snooze_until": date(2026, 12, 1)}]),
    (BUDGET, [{"repeat": timedelta(days=1), "rearm_below": Fraction(1, 2)}, {"filter": PATTERNS}]),
    (BUDGET, [{"accounts": ("prod*",), "together": True}]),
    (SPIKE, [{"times": Decimal("2.5"), "at_least": 5}, {"accounts": ("prod*",)}, {"together": True}]),
    (QUERY, [{"filter": replace(PATTERNS, api_keys=()), "accounts": ("prod*",)}]),
    (BALANCE, [{"accounts": ("prod*",), "below": 5, "runway": None}]),
]
"""What is asked of its usage, its accounts, and order and case of patterns."""


def test_what_makes_another_rule_and_what_leaves_it_the_same() -> None:
    """What was sent of a rule is remembered by its fingerprint."""
    for rule, changes in OTHERS:
        assert all(replace(rule, **change).fingerprint != rule.fingerprint for change in changes)
    for rule, changes in SAME:
        assert all(replace(rule, **change).fingerprint == rule.fingerprint for change in changes)

import re
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase, translate
from fractions import Fraction
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from budget_alert.config.billing import Billing
from budget_alert.config.periods import Day, Month, Rolling, Week
from budget_alert.config.schema import BalanceRule, Budget, Filter, QueryRule, SpikeRule, Threshold

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
Rule = Budget | SpikeRule | QueryRule | BalanceRule
plain = st.text(st.sampled_from("ab*?[]!-^\\&|~.k"), max_size=12)


def named(name: str) -> Budget:
    """Give the budget by another name, which it filters by, too."""
    return replace(BUDGET, name=name, filter=Filter((f"{name}*",), (), ("\uff23\uff29-*",)))


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (Filter(), True),
        (Filter(bots=("claude-*",)), True),
        (Filter(bots=("GPT-*", "*SONNET*")), True),
        (Filter(bots=("Claude",)), False),
        (Filter(usage_types=("api",)), True),
        (Filter(usage_types=("Chat", "Canvas App")), False),
        (Filter(api_keys=("CI-?",)), True),
        (Filter(api_keys=("[ab]*",)), False),
        (Filter(("claude-*",), ("API",), ("ci-*",)), True),
        (Filter(("claude-*",), ("API",), ("prod-*",)), False),
        (Filter(("claude-*",), ("Chat",), ("ci-*",)), False),
    ],
)
def test_filters_match_in_any_case(kept: Filter, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A filter keeps what fits one pattern of each kind that it names, whatever the case."""
    assert kept.matches("Claude-Sonnet-4.5", "API", "ci-1") is expected


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


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        (normalize("NFC", "Café"), normalize("NFD", "Café"), True),
        (normalize("NFD", "Café*"), normalize("NFC", "CAFÉ-2"), True),
        ("caf?", normalize("NFD", "Café"), True),
        (normalize("NFD", "caf[éè]"), normalize("NFC", "CAFÈ"), True),
        ("Straße-*", "STRASSE-1", True),
        ("stra?e", "Straße", True),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ", True),
        ("\uff27\uff30\uff34-4o", "GPT-4o", True),
        ("GPT\uff0a", "GPT-4o", False),
        ("GPT\uff0a", "GPT*", True),
        ("GPT-4o [beta]", "GPT-4o [beta]", True),
        ("gpt-4o [beta]*", "GPT-4o [Beta] v2", True),
        ("GPT-4o [beta]", "GPT-4o b", True),
        ("GPT-4o [beta]", "GPT-4o x", False),
        ("ci-[0-9]", "ci-7", True),
        ("ci-[!0-9]", "ci-7", False),
        ("GPT-4o [[]beta]", "GPT-4o [beta]", True),
        ("Cafe", "Café", False),
    ],
)
def test_patterns_fit_what_the_eye_sees(pattern: str, name: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Case and Unicode's forms do not count; a bracket is a choice of characters, and itself."""
    assert Filter(bots=(pattern,)).matches(name, "API", "") is expected


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
def test_a_fingerprint_stays(rule: Rule, fingerprint: str) -> None:
    """A fingerprint is the same in every process and version: rules in the ledger hang on it."""
    assert rule.fingerprint == fingerprint


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (BUDGET, {"name": "everything"}),
        (BUDGET, {"timezone": "Europe/Paris"}),
        (BUDGET, {"period": Month(18)}),
        (BUDGET, {"period": Month()}),
        (BUDGET, {"period": Day()}),
        (BUDGET, {"period": Week(0)}),
        (BUDGET, {"period": Week(1)}),
        (BUDGET, {"period": Rolling(24)}),
        (BUDGET, {"period": Billing()}),
        (BUDGET, {"filter": Filter()}),
        (BUDGET, {"filter": Filter(("Claude-*",), ("API",), ("ci-*",))}),
        (BUDGET, {"filter": Filter(("Claude-*", "GPT-*"), ("ci-*",), ("API",))}),
        (SPIKE, {"name": "sudden burst"}),
        (SPIKE, {"window": timedelta(hours=2)}),
        (QUERY, {"name": "expensive query"}),
        (QUERY, {"filter": Filter()}),
        (QUERY, {"points": 5}),
        (QUERY, {"filter": Filter(("Claude-*",), ("API",))}),
        (BALANCE, {"name": "running dry"}),
    ],
)
def test_what_makes_another_rule(rule: Rule, change: dict[str, object]) -> None:
    """Another name, filter, zone, period, start or window, and other points of one query."""
    assert replace(rule, **change).fingerprint != rule.fingerprint


FEW = (Threshold(5, Fraction(1, 2), "5 points"),)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (BUDGET, {"points": 5, "alert_at": FEW, "forecast_at": FEW}),
        (BUDGET, {"repeat": timedelta(days=1), "rearm_below": Fraction(1, 2)}),
        (BUDGET, {"snooze_until": date(2026, 12, 1)}),
        (BUDGET, {"accounts": ("prod*",), "together": True}),
        (BUDGET, {"filter": Filter(("gpt-*", "CLAUDE-*", "claude-*"), ("api",), ("CI-*",))}),
        (SPIKE, {"times": Decimal("2.5"), "at_least": 5}),
        (SPIKE, {"accounts": ("prod*",)}),
        (SPIKE, {"together": True}),
        (QUERY, {"filter": Filter(("gpt-*", "CLAUDE-*", "claude-*"), ("api",)), "accounts": ("prod*",)}),
        (BALANCE, {"accounts": ("prod*",), "below": 5, "runway": None}),
    ],
)
def test_what_leaves_the_rule_the_same(rule: Rule, change: dict[str, object]) -> None:
    """What is asked of its usage, its accounts, and order and case of patterns leave the fingerprint."""
    assert replace(rule, **change).fingerprint == rule.fingerprint


def test_budgets_are_values() -> None:
    """Equal budgets are one key."""
    assert {BUDGET: 1}[replace(BUDGET)] == 1

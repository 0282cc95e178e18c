from datetime import time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from budget_alert.config.schema import BalanceRule, DigestRule, Filter, QueryRule, SpikeRule

SPIKE = SpikeRule(name="Sudden burst", window=timedelta(hours=1), times=Decimal(4), at_least=20_000)
QUERY = QueryRule(name="Expensive query", points=50_000, filter=Filter(("Claude-*", "GPT-*"), ("API",)))
BALANCE = BalanceRule(name="Running dry", below=100_000, runway=timedelta(days=3))
Rule = SpikeRule | QueryRule | BalanceRule


@pytest.mark.parametrize(
    ("rule", "fingerprint"),
    [(SPIKE, "0cef918720d1b2a6"), (QUERY, "d3e4dad16a30982e"), (BALANCE, "70c17f6759400e68")],
)
def test_a_fingerprint_stays(rule: Rule, fingerprint: str) -> None:
    """A fingerprint is the same in every process and version: rules in the ledger hang on it."""
    assert rule.fingerprint == fingerprint


@pytest.mark.parametrize(
    ("rule", "change"),
    [
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
    """Another name, window or filter makes another fingerprint, and other points of one query."""
    assert replace(rule, **change).fingerprint != rule.fingerprint


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (SPIKE, {"times": Decimal("2.5")}),
        (SPIKE, {"at_least": 5}),
        (QUERY, {"filter": Filter(("gpt-*", "CLAUDE-*", "claude-*"), ("api",))}),
        (SPIKE, {"accounts": ("prod*",)}),
        (SPIKE, {"together": True}),
        (QUERY, {"accounts": ("prod*",)}),
        (BALANCE, {"accounts": ("prod*",)}),
        (BALANCE, {"below": 5}),
        (BALANCE, {"runway": None}),
    ],
)
def test_what_leaves_the_rule_the_same(rule: Rule, change: dict[str, object]) -> None:
    """Levels, times, runway and accounts, and order and case of patterns, leave the fingerprint."""
    assert replace(rule, **change).fingerprint == rule.fingerprint


def test_a_digest_follows_the_clock_of_its_zone() -> None:
    """Its time of the day is that of the config's zone."""
    assert DigestRule(every="day", at=time(9), timezone="Asia/Kolkata").zone == ZoneInfo("Asia/Kolkata")

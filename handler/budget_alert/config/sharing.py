"""One config for several accounts: which rules each of them is judged by, and which their sum is."""

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from budget_alert.config.patterns import fits
from budget_alert.config.schema import BalanceRule, Budget, Config, DigestRule, QueryRule, SpikeRule

_Rule: TypeAlias = Budget | SpikeRule | QueryRule | BalanceRule | DigestRule
T = TypeVar("T", bound=_Rule)
S = TypeVar("S", Budget, SpikeRule)

_DIGEST = "digest"


def sole_rules(config: Config, account: str) -> Config:
    """Give the rules that an account alone is judged by: all that its name fits.

    Its own sum is that of all accounts, so that none is together any more.
    """
    found = _matching(config, account)
    return replace(
        found,
        budgets=tuple(replace(budget, together=False) for budget in found.budgets),
        spikes=tuple(replace(spike, together=False) for spike in found.spikes),
        digest=replace(found.digest, together=False) if found.digest else None,
    )


def own_rules(config: Config, account: str) -> Config:
    """Give the rules that an account of several is judged by: those that its name fits, none together."""
    found = _matching(config, account)
    return replace(
        found,
        budgets=_together(found.budgets, together=False),
        spikes=_together(found.spikes, together=False),
        digest=None if found.digest and found.digest.together else found.digest,
    )


def shared_rules(config: Config) -> Config:
    """Give the rules that the sum of all accounts is judged by; what it tells apart by key are accounts.

    So a budget's `accounts` are the patterns for keys of its filter here.
    """
    return replace(
        config,
        budgets=tuple(_summed(budget) for budget in _together(config.budgets, together=True)),
        spikes=_together(config.spikes, together=True),
        queries=(),
        balances=(),
        digest=config.digest if config.digest and config.digest.together else None,
    )


class Idle(msgspec.Struct, frozen=True):
    """A rule, or the digest, and the patterns of its `accounts` that fit none; `wholly`, if all of them."""

    rule: str
    patterns: tuple[str, ...]
    wholly: bool


def unmatched(config: Config, accounts: Sequence[str]) -> tuple[Idle, ...]:
    """Give the rules with patterns that fit none of these accounts, in the config's order."""
    rules: list[_Rule] = [*config.budgets, *config.spikes, *config.queries, *config.balances]
    if config.digest:
        rules.append(config.digest)
    found = ((rule, _fit_none(rule.accounts, accounts)) for rule in rules)
    return tuple(Idle(_name(rule), idle, wholly=idle == rule.accounts) for rule, idle in found if idle)


def _name(rule: _Rule) -> str:
    return _DIGEST if isinstance(rule, DigestRule) else rule.name


def _fit_none(patterns: tuple[str, ...], accounts: Sequence[str]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if not any(fits((pattern,), each) for each in accounts))


def _matching(config: Config, account: str) -> Config:
    digest = config.digest
    return replace(
        config,
        budgets=_about(config.budgets, account),
        spikes=_about(config.spikes, account),
        queries=_about(config.queries, account),
        balances=_about(config.balances, account),
        digest=digest if digest and _is_about(digest, account) else None,
    )


def _about(rules: tuple[T, ...], account: str) -> tuple[T, ...]:
    return tuple(rule for rule in rules if _is_about(rule, account))


def _is_about(rule: _Rule, account: str) -> bool:
    return not rule.accounts or fits(rule.accounts, account)


def _together(rules: tuple[S, ...], *, together: bool) -> tuple[S, ...]:
    return tuple(rule for rule in rules if rule.together is together)


def _summed(budget: Budget) -> Budget:
    return replace(budget, filter=replace(budget.filter, api_keys=budget.accounts))

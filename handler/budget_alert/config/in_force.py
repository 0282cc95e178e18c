"""The config in force, and which of its rules an account goes by, or the sum of all accounts.

In force is the newest text if it can be used, else the last good one.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from budget_alert.config.reading import parse
from budget_alert.config.schema import BalanceRule, Budget, Config, DigestRule, QueryRule, SpikeRule
from budget_alert.config.spelling import fits
from budget_alert.errors import ConfigError

_Rule: TypeAlias = Budget | SpikeRule | QueryRule | BalanceRule | DigestRule


class InForce(msgspec.Struct, frozen=True):
    """The config to go by, None where there is none; its text; the newest text's mistakes."""

    config: Config | None
    text: str | None
    mistakes: tuple[str, ...] = ()

    @property
    def zone(self) -> str:
        """The IANA name of the reader's time zone; UTC while there is no config."""
        return self.config.timezone if self.config else "UTC"


@lru_cache(maxsize=2)
def _parse(text: str, *, doubts: bool) -> Config:
    """Read a text once for all accounts that go by it."""
    return parse(text, doubts=doubts)


def in_force(newest: Callable[[], str], last_good: str | None) -> InForce:
    """Read the config; while the `newest` text cannot be had or used, the last good one stays in force.

    Only a text that is new is asked about what is hardly meant: a release that learns to ask ends no config
    that was in force before it.
    """
    try:
        text = newest()
        return InForce(_parse(text, doubts=text != last_good), text)
    except ConfigError as error:
        return InForce(_parsed(last_good), last_good, error.mistakes)


def _parsed(text: str | None) -> Config | None:
    try:
        return _parse(text, doubts=False) if text else None
    except ConfigError:
        return None


class Idle(msgspec.Struct, frozen=True):
    """A rule, or the digest, and the patterns of its `accounts` that fit none; `wholly`, if all of them."""

    rule: str
    patterns: tuple[str, ...]
    wholly: bool


def sole_rules(config: Config, account: str) -> Config:
    """Give the rules that an account alone goes by: all that its name fits.

    Its own sum is that of all accounts, so that none is together any more.
    """
    found = _only(config, lambda rule: _is_about(rule, account))
    return replace(
        found,
        budgets=tuple(replace(budget, together=False) for budget in found.budgets),
        spikes=tuple(replace(spike, together=False) for spike in found.spikes),
        digest=replace(found.digest, together=False) if found.digest else None,
    )


def own_rules(config: Config, account: str) -> Config:
    """Give the rules that an account of several goes by: those that its name fits, none together."""
    return _only(config, lambda rule: _is_about(rule, account) and not _is_summed(rule))


def shared_rules(config: Config) -> Config:
    """Give the rules that the sum of all accounts goes by; what it tells apart by key are accounts.

    So a budget's `accounts` are the patterns for keys of its filter here.
    """
    found = _only(config, _is_summed)
    return replace(found, budgets=tuple(map(_by_account, found.budgets)))


def unmatched(config: Config, accounts: Sequence[str]) -> tuple[Idle, ...]:
    """Give the rules with patterns that fit none of these accounts, in the config's order."""
    digests = (config.digest,) if config.digest else ()
    rules = (*config.budgets, *config.spikes, *config.queries, *config.balances, *digests)
    found = ((rule, _fit_none(rule.accounts, accounts)) for rule in rules)
    return tuple(
        Idle("digest" if isinstance(rule, DigestRule) else rule.name, idle, wholly=idle == rule.accounts)
        for rule, idle in found
        if idle
    )


def _fit_none(patterns: tuple[str, ...], accounts: Sequence[str]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if not any(fits((pattern,), each) for each in accounts))


def _is_about(rule: _Rule, account: str) -> bool:
    return not rule.accounts or fits(rule.accounts, account)


def _is_summed(rule: _Rule) -> bool:
    return isinstance(rule, Budget | SpikeRule | DigestRule) and rule.together


def _by_account(budget: Budget) -> Budget:
    return replace(budget, filter=replace(budget.filter, api_keys=budget.accounts))


def _only(config: Config, is_kept: Callable[[_Rule], bool]) -> Config:
    return replace(
        config,
        budgets=tuple(filter(is_kept, config.budgets)),
        spikes=tuple(filter(is_kept, config.spikes)),
        queries=tuple(filter(is_kept, config.queries)),
        balances=tuple(filter(is_kept, config.balances)),
        digest=config.digest if config.digest and is_kept(config.digest) else None,
    )

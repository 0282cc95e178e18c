"""One config for several accounts: which rules each of them goes by, and which their sum does."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from budget_alert.config.patterns import fits
from budget_alert.config.schema import AnyRule, Budget, Config


class Unmatched(msgspec.Struct, frozen=True):
    """A rule, or the digest, and the patterns of its `accounts` that fit none; `wholly`, if all of them."""

    rule: str
    patterns: tuple[str, ...]
    wholly: bool


def sole_rules(config: Config, account: str) -> Config:
    """Give the rules that an account alone goes by: all that its name fits.

    Its own sum is that of all accounts, so that none is together any more.
    """
    return config.changed(lambda rule: _alone(rule) if _is_about(rule, account) else None)


def own_rules(config: Config, account: str) -> Config:
    """Give the rules that an account of several goes by: those that its name fits, none together."""
    return config.changed(lambda rule: rule if _is_about(rule, account) and not rule.together else None)


def shared_rules(config: Config) -> Config:
    """Give the rules that the sum of all accounts goes by; what it tells apart by key are accounts.

    So a budget's `accounts` are the patterns for keys of its filter here.
    """
    return config.changed(lambda rule: _by_account(rule) if rule.together else None)


def unmatched(config: Config, accounts: Sequence[str]) -> tuple[Unmatched, ...]:
    """Give the rules with patterns that fit none of these accounts, in the config's order."""
    found = ((rule, _fit_none(rule.accounts, accounts)) for _, rule in config.rules)
    return tuple(
        Unmatched(rule.name, patterns, wholly=patterns == rule.accounts)
        for rule, patterns in found
        if patterns
    )


def _fit_none(patterns: tuple[str, ...], accounts: Sequence[str]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if not any(fits((pattern,), each) for each in accounts))


def _is_about(rule: AnyRule, account: str) -> bool:
    return not rule.accounts or fits(rule.accounts, account)


def _alone(rule: AnyRule) -> AnyRule:
    return replace(rule, together=False) if rule.together else rule


def _by_account(rule: AnyRule) -> AnyRule:
    if not isinstance(rule, Budget):
        return rule
    return replace(rule, filter=replace(rule.filter, api_keys=rule.accounts))

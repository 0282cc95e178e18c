"""Whose usage a tick is about, and by which rules: an account's, or those of all of them together."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from budget_alert.config.schema import BalanceRule, Budget, Config, DigestRule, QueryRule, SpikeRule
from budget_alert.config.spelling import fits
from budget_alert.identity import ALONE, TOGETHER

_Rule: TypeAlias = Budget | SpikeRule | QueryRule | BalanceRule | DigestRule


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The account of a tick; `several` says whether the secret names others, or could.

    `hushed` is for accounts so many that each one's welcome would be noise: it is sent only where it says
    that a threshold is passed.
    """

    account: str = ALONE
    several: bool = False
    hushed: bool = False

    @property
    def together(self) -> bool:
        """Whether the tick is about the sum of all accounts."""
        return self.account == TOGETHER

    @property
    def reports_for_all(self) -> bool:
        """Whether the tick says what concerns every account: the secret, the config, the channels."""
        return self.together or not self.several

    def rules(self, config: Config) -> Config:
        """Give the rules that the tick evaluates.

        What a sum keeps apart by key are accounts, so there a budget's `accounts` are the patterns for keys
        of its filter. The sum of an account alone is that of all, so none of its rules is together any more.
        """
        if self.together:
            summed = _only(config, _is_summed)
            by_account = (
                replace(one, filter=replace(one.filter, api_keys=one.accounts)) for one in summed.budgets
            )
            return replace(summed, budgets=tuple(by_account))
        own = _only(config, lambda rule: not rule.accounts or fits(rule.accounts, self.account))
        if self.several:
            return _only(own, lambda rule: not _is_summed(rule))
        return replace(
            own,
            budgets=tuple(replace(budget, together=False) for budget in own.budgets),
            spikes=tuple(replace(spike, together=False) for spike in own.spikes),
            digest=replace(own.digest, together=False) if own.digest else None,
        )


class Idle(msgspec.Struct, frozen=True):
    """A rule, or the digest, and the patterns of its `accounts` that fit none; `wholly`, if all of them."""

    rule: str
    patterns: tuple[str, ...]
    wholly: bool


def unmatched(config: Config, accounts: Sequence[str]) -> Iterator[Idle]:
    """Give the rules with patterns that fit none of these accounts, in the config's order."""
    digests = (config.digest,) if config.digest else ()
    for rule in (*config.budgets, *config.spikes, *config.queries, *config.balances, *digests):
        idle = tuple(one for one in rule.accounts if not any(fits((one,), each) for each in accounts))
        if idle:
            name = "digest" if isinstance(rule, DigestRule) else rule.name
            yield Idle(name, idle, wholly=idle == rule.accounts)


def _is_summed(rule: _Rule) -> bool:
    return isinstance(rule, Budget | SpikeRule | DigestRule) and rule.together


def _only(config: Config, is_kept: Callable[[_Rule], bool]) -> Config:
    return replace(
        config,
        budgets=tuple(filter(is_kept, config.budgets)),
        spikes=tuple(filter(is_kept, config.spikes)),
        queries=tuple(filter(is_kept, config.queries)),
        balances=tuple(filter(is_kept, config.balances)),
        digest=config.digest if config.digest and is_kept(config.digest) else None,
    )

"""Whose usage a tick is about, and by which rules: an account's, or those of all of them together."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from budget_alert.config.schema import AnyRule, Budget, Config
from budget_alert.config.spelling import fits
from budget_alert.identity import ALONE, TOGETHER


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
            return config.changed(lambda rule: _by_account(rule) if rule.together else None)
        own = config.changed(
            lambda rule: rule if not rule.accounts or fits(rule.accounts, self.account) else None
        )
        if self.several:
            return own.changed(lambda rule: None if rule.together else rule)
        return own.changed(lambda rule: replace(rule, together=False) if rule.together else rule)


def unmatched(config: Config, accounts: Sequence[str]) -> Iterator[tuple[AnyRule, tuple[str, ...]]]:
    """Give the rules with patterns that fit none of these accounts, and those, in the order of the config."""
    for _, rule in config.rules:
        patterns = tuple(one for one in rule.accounts if not any(fits((one,), each) for each in accounts))
        if patterns:
            yield rule, patterns


def _by_account(rule: AnyRule) -> AnyRule:
    if not isinstance(rule, Budget):
        return rule
    return replace(rule, filter=replace(rule.filter, api_keys=rule.accounts))

"""Whose usage a tick is about: the only account's, one of several, or that of all of them together."""

import msgspec

from budget_alert.config.in_force import own_rules, shared_rules, sole_rules
from budget_alert.config.schema import Config
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
        """Give the rules that the tick evaluates."""
        if self.together:
            return shared_rules(config)
        return own_rules(config, self.account) if self.several else sole_rules(config, self.account)

"""All that a tick reaches the world with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.config.in_force import ConfigSource
from budget_alert.deadline import Deadline
from budget_alert.ledger.ledger import Ledger
from budget_alert.rules.scope import Scope
from budget_alert.secret import Credentials, Keyring, Webhook
from budget_alert.telling import Teller
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.combined import Partitions
from budget_alert.usage.scan import History


class Poe(History, Protocol):
    """What Poe is asked."""

    def balance(self) -> PoeBalance:
        """Give what is left on the account; raises ScanError."""


class Source(Protocol):
    """Where an account's credentials come from, or, for all accounts together, the keyring."""

    def read(self) -> Credentials | Keyring:
        """Give them; raises SecretError."""

    def webhook(self) -> Webhook:
        """Give Slack's address, which counts although the rest does not."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tick reaches the world with; `late` is how long its message has waited in the queue."""

    scope: Scope
    settle: timedelta
    interval: timedelta
    clock: Callable[[], datetime]
    deadline: Deadline
    secret: Source
    config: ConfigSource
    poe: Poe
    ledger: Ledger
    partitions: Callable[[Sequence[str]], Partitions]
    teller: Teller
    log: Logger
    meter: Callable[[Mapping[str, int]], None]
    late: timedelta = timedelta(0)

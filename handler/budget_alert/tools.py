"""All that ticks reach the world with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from aws_lambda_powertools import Logger

from budget_alert.deadline import Deadline
from budget_alert.http import Http
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.ledger.table import Table
from budget_alert.messages.parts import Message, Places
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring, Secret
from budget_alert.settings import Settings
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.scan import History


class Poe(History, Protocol):
    """What Poe is asked."""

    def balance(self) -> PoeBalance:
        """Give what is left on the account; raises ScanError."""


class Channel(Protocol):
    """A place to send to."""

    def send(self, message: Message, seconds_left: float) -> None:
        """Send a message; raises ChannelError where it was not taken.

        Raises ChannelRefusedError where no retry will cure that, and ChannelUnsureError where it may have
        been taken all the same.
        """


class Topic(Channel, Protocol):
    """A channel that can tell whether anybody listens."""

    def has_listener(self) -> bool:
        """Tell whether there is a confirmed subscription; raises ChannelError."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """All that ticks reach the world with: what those of an invocation share, and what is one tick's own.

    A tick's own are its `scope`, its `deadline`, and `late`: how long its message has waited in the queue.
    `secret` gives what the secret holds, past the cache when `fresh`, and `config` the config's newest text,
    or raises ConfigError. `table` and `history` give an account's items, and its usage at Poe. `fanout` puts
    accounts into the queue of ticks; None where one invocation serves all. `topic` and `slack` give channels,
    `places` say where messages lead. `meter` takes an account and its metrics.
    """

    settings: Settings
    clock: Callable[[], datetime]
    deadline: Deadline
    secret: Callable[..., Keyring]
    config: Callable[[], str]
    http: Http
    table: Callable[[str, Deadline], Table]
    history: Callable[[str, Deadline], Poe]
    fanout: Callable[[Sequence[str]], int] | None
    topic: Callable[[], Topic]
    slack: Callable[[Secret], Channel]
    log: Logger
    meter: Callable[[str, Mapping[str, int]], None]
    places: Places
    scope: Scope
    late: timedelta = timedelta(0)

    def of(self, scope: Scope, seconds: float | None = None, late: timedelta = timedelta(0)) -> "Tools":
        """Give those of one tick; it may take so many seconds, or all that is left."""
        deadline = self.deadline if seconds is None else self.deadline.within(seconds)
        return replace(self, scope=scope, deadline=deadline, late=late)

    @cached_property
    def poe(self) -> Poe:
        """The account's usage at Poe."""
        return self.history(self.scope.account, self.deadline)

    @cached_property
    def ledger(self) -> Ledger:
        """The account's accounting and memory."""
        return Ledger(self._items)

    @cached_property
    def outbox(self) -> Outbox:
        """The account's alerts."""
        return Outbox(self._items)

    @cached_property
    def _items(self) -> Table:
        return self.table(self.scope.account, self.deadline)

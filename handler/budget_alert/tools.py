"""All that a tick reaches the world with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.deadline import Deadline
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.messages.parts import Link, Message, Places
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring, Secret
from budget_alert.usage.combined import Partitions
from budget_alert.usage.left import PoeBalance
from budget_alert.usage.scan import History


class Poe(History, Protocol):
    """What Poe is asked."""

    def balance(self) -> PoeBalance:
        """Give what is left on the account; raises ScanError."""


class Channel(Protocol):
    """A place to send to."""

    @property
    def name(self) -> str:
        """The channel's name in the outbox."""

    def send(self, message: Message, seconds_left: float) -> None:
        """Send a message; raises ChannelError where it was not taken.

        Raises ChannelRefusedError where no retry will cure that, and ChannelUnsureError where it may have
        been taken all the same.
        """


class Topic(Channel, Protocol):
    """A channel that can tell whether anybody listens."""

    def has_listener(self) -> bool:
        """Tell whether there is a confirmed subscription; raises ChannelError."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tick reaches the world with.

    `config` gives the config's newest text, or raises ConfigError. `topic` and `slack` give the channels,
    `links` go with every message, `places` with troubles. `clock` gives the present instant, `interval` lies
    between two ticks. `late` is how long the tick's message has waited in the queue.
    """

    scope: Scope
    settle: timedelta
    interval: timedelta
    clock: Callable[[], datetime]
    deadline: Deadline
    secret: Callable[[], Keyring]
    config: Callable[[], str]
    poe: Poe
    ledger: Ledger
    partitions: Callable[[Sequence[str]], Partitions]
    outbox: Outbox
    topic: Callable[[], Topic]
    slack: Callable[[Secret], Channel]
    log: Logger
    meter: Callable[[Mapping[str, int]], None]
    links: tuple[Link, ...] = ()
    places: Places = Places()
    late: timedelta = timedelta(0)

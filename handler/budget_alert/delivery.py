"""Alerts from the outbox to the channels: lease, send, mark."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.deadline import Deadline
from budget_alert.errors import ChannelError, ChannelRefusedError
from budget_alert.messages import Message, compose
from budget_alert.outbox import Outbox, Owed

LEASED_BEYOND_THE_END = timedelta(seconds=5)
LEAST_SECONDS = 2.0


class Channel(Protocol):
    """A place to tell."""

    @property
    def name(self) -> str:
        """The channel's name in the outbox."""

    def send(self, message: Message, seconds_left: float) -> None:
        """Send a message; raises ChannelError, and ChannelRefusedError where no retry will cure it."""


class Delivered(msgspec.Struct, frozen=True):
    """How many alerts every channel owed has now accepted, and how many still wait for one."""

    sent: int = 0
    pending: int = 0


class Delivery:
    """Sends what is owed, to each of today's channels in turn; one's failure does not touch another."""

    def __init__(
        self, outbox: Outbox, channels: Sequence[Channel], account: str, deadline: Deadline, log: Logger
    ) -> None:
        self._outbox = outbox
        self._channels = channels
        self._names = [channel.name for channel in channels]
        self._account = account
        self._deadline = deadline
        self._log = log

    def run(self, since: datetime | None, now: datetime) -> Delivered:
        """Send the alerts written since an instant, all that wait for a channel as one message.

        `since` is None where the outbox is known to be empty. Raises LedgerError.
        """
        if since is None:
            return Delivered()
        before = self._waiting(since)
        for channel in self._channels:
            self._tell(channel, since, now)
        after = self._waiting(since)
        return Delivered(sent=len(before - after), pending=len(after))

    def _waiting(self, since: datetime) -> set[str]:
        return {owed.key for owed in self._outbox.alerts(since) if not owed.is_told(self._names)}

    def _tell(self, channel: Channel, since: datetime, now: datetime) -> None:
        length = timedelta(seconds=max(self._deadline.left(), 0)) + LEASED_BEYOND_THE_END
        if not self._due(channel, since) or not self._outbox.lease(channel.name, now, length):
            return
        # Read again under the lease: another tick may have sent meanwhile.
        if due := self._due(channel, since):
            self._send(channel, due)
        self._outbox.release(channel.name)

    def _due(self, channel: Channel, since: datetime) -> list[Owed]:
        return [owed for owed in self._outbox.alerts(since) if channel.name in owed.waits_for(self._names)]

    def _send(self, channel: Channel, due: list[Owed]) -> None:
        message = compose([owed.alert for owed in due], self._account)
        try:
            channel.send(message, max(self._deadline.left(), LEAST_SECONDS))
        except ChannelRefusedError as error:
            self._log.warning(
                "A channel refused a message", extra={"channel": channel.name, "reason": str(error)}
            )
            self._outbox.mark(due, channel.name, "refused")
        except ChannelError as error:
            self._log.warning(
                "A channel did not answer", extra={"channel": channel.name, "reason": str(error)}
            )
        else:
            self._outbox.mark(due, channel.name, "accepted")

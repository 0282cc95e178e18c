"""Alerts from the outbox to the channels: lease, send, mark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from budget_alert.errors import (
    ChannelError,
    ChannelRefusedError,
    ChannelUnsureError,
    LedgerError,
    reason_of,
)
from budget_alert.ledger.outbox import MOST_UNSURE, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_lambda_powertools import Logger

    from budget_alert.deadline import Deadline
    from budget_alert.ledger.outbox import Outbox, Owed
    from budget_alert.messages.parts import Link, Message

LEASED_BEYOND_THE_END = timedelta(seconds=5)
LEAST_SECONDS = 2.0
SECONDS_TO_MARK = 2.0
"""Kept of the time left for remembering what was accepted, lest it be told again."""
MOST_A_MESSAGE = 100
"""So many alerts can be marked in one write:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html."""


class Channel(Protocol):
    """A place to tell."""

    @property
    def name(self) -> str:
        """The channel's name in the outbox."""

    def send(self, message: Message, seconds_left: float) -> None:
        """Send a message; raises ChannelError where it was not taken.

        Raises ChannelRefusedError where no retry will cure that, and ChannelUnsureError where it may have
        been taken all the same.
        """


class Delivered(msgspec.Struct, frozen=True):
    """How many alerts every channel owed has now accepted, and how many still wait for one.

    `oldest` is when the first of those that wait was written. `answers` is what each channel that was told
    something said: why it refused, or "" where it accepted.
    """

    sent: int = 0
    pending: int = 0
    oldest: datetime | None = None
    answers: Mapping[str, str] = {}


class Delivery:
    """Sends what is owed, to each of today's channels in turn; one's failure does not touch another.

    `absent` names channels that cannot be reached now, yet were not removed: what they are owed waits.
    `links` go with every message. `clock` gives the present instant: a lease must outlast the tick that
    takes it, however late. `answers` holds what the channels said: why one refused, or "" where it accepted.
    """

    def __init__(  # noqa: PLR0913 - everything a delivery reaches the world with
        self,
        *,
        outbox: Outbox,
        channels: Sequence[Channel],
        account: str,
        clock: Callable[[], datetime],
        deadline: Deadline,
        log: Logger,
        links: Sequence[Link] = (),
        absent: Sequence[str] = (),
    ) -> None:
        self._outbox = outbox
        self._channels = channels
        self._names = [*(channel.name for channel in channels), *absent]
        self._account = account
        self._clock = clock
        self._deadline = deadline
        self._log = log
        self._links = links
        self.answers: dict[str, str] = {}

    def run(self, since: datetime | None) -> Delivered:
        """Send the alerts written since an instant, all that wait for a channel as one message.

        What a channel refused before goes in a message apart, so that it cannot hold back what is new.
        `since` is None where the outbox is known to be empty. Raises LedgerError.
        """
        if since is None:
            return Delivered()
        before = self._waiting(since)
        for number, channel in enumerate(self._channels):
            self._tell(channel, since, sharers=len(self._channels) - number)
        after = self._waiting(since)
        oldest = min(after.values(), default=None)
        sent = len(before.keys() - after.keys())
        return Delivered(sent=sent, pending=len(after), oldest=oldest, answers=dict(self.answers))

    def _waiting(self, since: datetime) -> dict[str, datetime]:
        """Give what waits for a channel, and when it was written."""
        alerts = self._outbox.alerts(since)
        return {owed.key: owed.written_at for owed in alerts if not owed.is_told(self._names)}

    def _tell(self, channel: Channel, since: datetime, sharers: int) -> None:
        if not self._due(channel, since) or not self._leased(channel):
            return
        try:
            # Read again under the lease: another tick may have sent meanwhile.
            for batch in _batches(channel, self._due(channel, since)):
                self._send(channel, batch, sharers)
        except LedgerError:
            self._release(channel)
            raise
        self._release(channel)

    def _due(self, channel: Channel, since: datetime) -> list[Owed]:
        now = self._clock()
        return [
            owed
            for owed in self._outbox.alerts(since)
            if channel.name in owed.waits_for(self._names) and owed.may_be_sent(channel.name, now)
        ]

    def _leased(self, channel: Channel) -> bool:
        length = timedelta(seconds=max(self._deadline.left(), 0)) + LEASED_BEYOND_THE_END
        return self._outbox.lease(channel.name, self._clock(), length)

    def _release(self, channel: Channel) -> None:
        """Give the lease back; where that fails, it runs out by itself."""
        try:
            self._outbox.release(channel.name)
        except LedgerError as error:
            self._log.warning("A lease could not be given back", extra=self._about(channel, str(error)))

    def _send(self, channel: Channel, due: Sequence[Owed], sharers: int) -> None:
        from budget_alert.messages.compose import compose  # noqa: PLC0415 - most ticks tell nothing

        # A channel that hangs must leave the others their time.
        seconds = max((self._deadline.left() - SECONDS_TO_MARK) / sharers, LEAST_SECONDS)
        again = bool(due[0].attempts(channel.name))
        message = compose([owed.alert for owed in due], self._account, self._links, perhaps_again=again)
        try:
            channel.send(message, seconds)
        except ChannelRefusedError as error:
            self._log.warning("A channel refused a message", extra=self._about(channel, str(error)))
            self.answers[channel.name] = str(error)
            self._outbox.mark(due, "refused", channel.name)
        except ChannelUnsureError as error:
            self._log.warning("A channel may have taken a message", extra=self._about(channel, str(error)))
            self._mark_unsure(channel, due, error)
        except ChannelError as error:
            self._log.warning("A channel did not answer", extra=self._about(channel, str(error)))
        except Exception as error:  # noqa: BLE001 - a defect in one channel must not silence the others
            self._log.error("A channel failed", extra=self._about(channel, reason_of(error)))
        else:
            self.answers.setdefault(channel.name, "")
            self._outbox.mark(due, "accepted", channel.name)

    def _mark_unsure(self, channel: Channel, due: Sequence[Owed], error: ChannelUnsureError) -> None:
        """Remember an attempt; that nobody knows is a trouble where it has been so a few times."""
        if error.is_strange or any(len(owed.attempts(channel.name)) + 1 >= MOST_UNSURE for owed in due):
            self.answers[channel.name] = str(error)
        self._outbox.mark(due, "unsure", attempt(channel.name, self._clock()))

    def _about(self, channel: Channel, reason: str) -> dict[str, str]:
        return {"account": self._account, "channel": channel.name, "reason": reason}


def _batches(channel: Channel, due: Sequence[Owed]) -> list[Sequence[Owed]]:
    """Part what is new from what was refused before, and from what the channel may have already."""
    kinds: dict[tuple[bool, bool], list[Owed]] = {}
    for owed in due:
        kind = bool(owed.attempts(channel.name)), channel.name in owed.refused
        kinds.setdefault(kind, []).append(owed)
    alike = [kinds[kind] for kind in sorted(kinds)]
    return [
        each[first : first + MOST_A_MESSAGE]
        for each in alike
        for first in range(0, len(each), MOST_A_MESSAGE)
    ]

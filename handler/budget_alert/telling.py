"""What was decided is written, then told: claim, deliver, and see that somebody listens."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.credentials import Secret
from budget_alert.deadline import Deadline
from budget_alert.delivery import Channel, Delivered, Delivery
from budget_alert.errors import ChannelError, LostRaceError, NobodyListeningError
from budget_alert.ledger import Ledger
from budget_alert.outbox import Outbox
from budget_alert.state import State
from budget_alert.told import Notes
from budget_alert.writes import Claim

LISTENERS_KNOWN_FOR = timedelta(days=1)
TOPIC = "sns"


class Topic(Channel, Protocol):
    """A channel that can tell whether anybody listens."""

    def has_listener(self) -> bool:
        """Tell whether there is a confirmed subscription; raises ChannelError."""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has to tell: the state and notes as read, what was decided, and where Slack is."""

    state: State
    notes: Notes
    claim: Claim
    webhook: Secret | None
    now: datetime


class Teller(msgspec.Struct, frozen=True, kw_only=True):
    """Tells one account's alerts.

    `clock` gives the present instant; None takes for it the instant at which the tick began.
    """

    account: str
    ledger: Ledger
    outbox: Outbox
    topic: Topic
    slack: Callable[[Secret], Channel]
    deadline: Deadline
    log: Logger
    clock: Callable[[], datetime] | None = None

    def tell(self, telling: Telling) -> Delivered:
        """Write the claim and send all that is owed.

        Raises LedgerError, LostRaceError where another tick claimed first, and NobodyListeningError where
        alerts wait and no channel has anybody who would hear them.
        """
        heard = self._listened(telling)
        slack = [self.slack(telling.webhook)] if telling.webhook else []
        channels = [*slack, *([self.topic] if heard.listening else [])]
        state = self._claimed(telling, heard, [channel.name for channel in channels])
        delivered = self._delivered(state, channels, telling.now)
        if delivered.pending and not channels:
            raise NobodyListeningError(_nobody(delivered.pending))
        return delivered

    def _delivered(self, state: State, channels: list[Channel], now: datetime) -> Delivered:
        delivery = Delivery(
            outbox=self.outbox,
            channels=channels,
            account=self.account,
            clock=self.clock or (lambda: now),
            deadline=self.deadline,
            log=self.log,
        )
        delivered = delivery.run(state.outbox_since)
        if state.outbox_since and not delivered.pending:
            # Where another tick has written meanwhile, perhaps alerts, that one sees to it.
            with suppress(LostRaceError):
                self.ledger.emptied(state)
        return delivered

    def _claimed(self, telling: Telling, heard: Notes, channels: list[str]) -> State:
        notes = heard if heard != telling.notes else None
        claim = msgspec.structs.replace(telling.claim, notes=notes)
        if not claim.matters(telling.state):
            return telling.state
        return self.ledger.claim(telling.state, claim, channels or [TOPIC], telling.now)

    def _listened(self, telling: Telling) -> Notes:
        """Look for listeners on the first tick, daily, and before anything is told."""
        notes, now = telling.claim.notes or telling.notes, telling.now
        known = notes.listened_at is not None and now - notes.listened_at < LISTENERS_KNOWN_FOR
        if known and not telling.claim.alerts and telling.state.outbox_since is None:
            return notes
        try:
            listening = self.topic.has_listener()
        except ChannelError as error:
            self.log.warning("The topic's subscriptions could not be read", extra={"reason": str(error)})
            return notes
        if known and listening == notes.listening:
            return notes
        return msgspec.structs.replace(notes, listened_at=now, listening=listening)


def _nobody(pending: int) -> str:
    return (
        f"Alerts wait ({pending}) and nobody would hear them: confirm the topic's e-mail subscription (AWS "
        "sent a mail for it, perhaps into the spam), subscribe something else to the topic, or put a "
        "slack_webhook_url into the secret; the next tick sends them"
    )

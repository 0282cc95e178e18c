"""What was decided is written, then told: claim, deliver, and see that somebody listens."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.deadline import Deadline
from budget_alert.delivery import LEAST_SECONDS, SECONDS_TO_MARK, Channel, Delivered, Delivery
from budget_alert.errors import ChannelError, LostRaceError, NobodyListeningError
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.outbox import Outbox
from budget_alert.messages.parts import Link
from budget_alert.rules.decision import Decision
from budget_alert.rules.health import Finding, compare
from budget_alert.rules.notified import Memory
from budget_alert.secret import Secret, Webhook
from budget_alert.usage.state import State

LISTENERS_KNOWN_FOR = timedelta(days=1)
TOPIC = "sns"
SLACK = "slack"
NOBODY_ON_TOPIC = (
    "Follow the link in the mail that AWS sent for the topic's subscription (look among the spam too), or "
    "subscribe an address to the topic: the stack's own alarms are told there and nowhere else"
)


class Topic(Channel, Protocol):
    """A channel that can tell whether anybody listens."""

    def has_listener(self) -> bool:
        """Tell whether there is a confirmed subscription; raises ChannelError."""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has to tell: the state and notes as read, what was decided, and to whom.

    `zone` is the IANA name of the reader's time zone; `left` are the states of accounts that have left and
    may still have alerts.
    """

    state: State
    memory: Memory
    decision: Decision
    webhook: Webhook
    zone: str
    now: datetime
    left: Mapping[str, State] = {}


class Teller(msgspec.Struct, frozen=True, kw_only=True):
    """Tells one account's alerts.

    `topic` and `slack` give the channels; `clock` gives the present instant, which a lease is counted from;
    `links` go with every message, `interval` lies between two ticks. Where it does not `speaks_for_all`,
    another one tells who listens.
    """

    account: str
    ledger: Ledger
    outbox: Outbox
    topic: Callable[[], Topic]
    slack: Callable[[Secret], Channel]
    deadline: Deadline
    log: Logger
    clock: Callable[[], datetime]
    interval: timedelta
    links: tuple[Link, ...] = ()
    speaks_for_all: bool = True

    def tell(self, telling: Telling) -> Delivered:
        """Write the claim and send all that is owed; then tell of a channel that refused, through another.

        Raises LedgerError, LostRaceError where another tick claimed first, and NobodyListeningError where
        alerts wait and no channel has anybody who would hear them.
        """
        heard = self._listened(telling)
        slack = [self.slack(telling.webhook.url)] if telling.webhook.url else []
        channels = [*slack, *([self.topic()] if heard.listening else [])]
        decision = self._with_topic(telling, heard)
        state = self._applied(telling, decision, channels)
        delivery = self._delivery(telling, channels)
        delivered = delivery.run(state.outbox_since)
        # Where another tick has written meanwhile, that one sees to the rest; what was told here is told.
        with suppress(LostRaceError):
            if news := self._of_channels(decision.memory or telling.memory, delivery.answers, telling):
                state = self.ledger.apply(state, news, _accepting(channels, delivery.answers), telling.now)
                more = delivery.run(state.outbox_since)
                delivered = msgspec.structs.replace(more, sent=delivered.sent + more.sent)
            if delivered.oldest != state.outbox_since:
                self.ledger.waiting(state, delivered.oldest)
        delivered = _together(delivered, *self._of_others(telling, channels))
        if delivered.pending and not channels:
            raise NobodyListeningError(_nobody(delivered.pending), delivered.pending, delivered.oldest)
        return delivered

    def _of_others(self, telling: Telling, channels: list[Channel]) -> Iterator[Delivered]:
        """Send what waits for accounts that have left: no tick of theirs does."""
        for account, state in telling.left.items():
            if self.deadline.left() < LEAST_SECONDS + SECONDS_TO_MARK:
                return
            with suppress(LostRaceError):
                delivered = self._delivery(telling, channels, account).run(state.outbox_since)
                yield delivered
                if delivered.oldest != state.outbox_since:
                    self.ledger.of(account).waiting(state, delivered.oldest)

    def _with_topic(self, telling: Telling, heard: Memory) -> Decision:
        """Add that nobody listens on the topic, if that is known; with no Slack either, the tick raises.

        Besides, remember whether there is a Slack: it is owed what is written while that is not known.
        """
        nobody = "" if heard.listening else NOBODY_ON_TOPIC
        known = heard.listening or (telling.webhook.url and heard.listened_at)
        found = [Finding("topic", nobody)] if known and self.speaks_for_all else []
        health = compare(heard.episodes, found, telling.zone, telling.now, self.interval)
        slack = telling.webhook.url is not None if telling.webhook.is_known else heard.slack
        memory = msgspec.structs.replace(heard, episodes=health.episodes, slack=slack)
        return msgspec.structs.replace(
            telling.decision,
            others=(*telling.decision.others, *health.alerts),
            memory=memory if memory != telling.memory else None,
        )

    def _of_channels(self, memory: Memory, answers: Mapping[str, str], telling: Telling) -> Decision | None:
        """Tell what has changed with the channels; None where nothing has.

        A channel that was well again when it was last used, and has nothing to take now, still is.
        """
        idle = {channel for channel in (SLACK, TOPIC) if _was_well(memory, channel)} - answers.keys()
        found = [
            Finding(channel, answer) for channel, answer in {**dict.fromkeys(idle, ""), **answers}.items()
        ]
        health = compare(memory.episodes, found, telling.zone, telling.now, self.interval)
        if health.episodes == memory.episodes:
            return None
        return Decision(
            others=health.alerts, memory=msgspec.structs.replace(memory, episodes=health.episodes)
        )

    def _delivery(self, telling: Telling, channels: list[Channel], other: str | None = None) -> Delivery:
        return Delivery(
            outbox=self.outbox.of(other) if other else self.outbox,
            channels=channels,
            account=other or self.account,
            clock=self.clock,
            deadline=self.deadline,
            log=self.log,
            links=self.links,
            absent=[] if telling.webhook.is_known else [SLACK],
        )

    def _applied(self, telling: Telling, decision: Decision, channels: list[Channel]) -> State:
        if not decision.matters(telling.state):
            return telling.state
        owed = [channel.name for channel in channels] or [TOPIC]
        if telling.memory.slack and not telling.webhook.is_known:
            owed.append(SLACK)
        return self.ledger.apply(telling.state, decision, owed, telling.now)

    def _listened(self, telling: Telling) -> Memory:
        """Look for listeners on the first tick, daily, and before anything is told."""
        memory, now = telling.decision.memory or telling.memory, telling.now
        known = memory.listened_at is not None and now - memory.listened_at < LISTENERS_KNOWN_FOR
        if known and not telling.decision.alerts and telling.state.outbox_since is None:
            return memory
        try:
            listening = self.topic().has_listener()
        except ChannelError as error:
            about = {"account": self.account, "reason": str(error)}
            self.log.warning("The topic's subscriptions could not be read", extra=about)
            return memory
        if known and listening == memory.listening:
            return memory
        return msgspec.structs.replace(memory, listened_at=now, listening=listening)


def _was_well(memory: Memory, channel: str) -> bool:
    known = memory.episodes.get(channel)
    return known is not None and known.well_since is not None


def _together(own: Delivered, *others: Delivered) -> Delivered:
    every = (own, *others)
    return msgspec.structs.replace(
        own,
        sent=sum(each.sent for each in every),
        pending=sum(each.pending for each in every),
        oldest=min((each.oldest for each in every if each.oldest), default=None),
    )


def _accepting(channels: list[Channel], answers: Mapping[str, str]) -> list[str]:
    """Name the channels that did not refuse; all, where every one did."""
    names = [channel.name for channel in channels]
    return [name for name in names if not answers.get(name)] or names


def _nobody(pending: int) -> str:
    return (
        f"Alerts wait ({pending}) and nobody would hear them: confirm the topic's e-mail subscription (AWS "
        "sent a mail for it, perhaps into the spam), subscribe something else to the topic, or put a "
        "slack_webhook_url into the secret; the next tick sends them"
    )

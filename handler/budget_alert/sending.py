"""What was decided is written, then sent: each channel gets what it is owed, whatever the others do."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from budget_alert.errors import (
    ChannelError,
    ChannelRefusedError,
    ChannelUnsureError,
    LedgerError,
    LostRaceError,
    NobodyListeningError,
    reason_of,
)
from budget_alert.ledger.outbox import MOST_UNSURE, SLACK, TOPIC, Outbox, Outcome, Owed, is_own, own
from budget_alert.rules.decision import Decision
from budget_alert.rules.gathered import Gathered
from budget_alert.rules.known_troubles import compared
from budget_alert.rules.notified import Memory
from budget_alert.rules.troubles import Found, Trouble
from budget_alert.tools import Channel, Tools
from budget_alert.usage.state import State

LISTENERS_KNOWN_FOR = timedelta(days=1)
LEASED_BEYOND_THE_END = timedelta(seconds=5)
LEAST_SECONDS = 2.0
SECONDS_TO_MARK = 2.0
"""Kept of the time left for remembering what was accepted, lest it be sent again."""
MOST_A_MESSAGE = 100
"""So many alerts can be marked in one write:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html."""
NOBODY_ON_TOPIC = (
    "Follow the link in the mail that AWS sent for the topic's subscription (look among the spam too), or "
    "subscribe an address to the topic: the stack's own alarms are sent there and nowhere else"
)

NOBODY = (
    "Alerts wait ({}) and nobody would hear them: confirm the topic's e-mail subscription (AWS sent a mail "
    "for it, perhaps into the spam), subscribe something else to the topic, or put a slack_webhook_url into "
    "the secret; the next tick sends them"
)


class Sent(msgspec.Struct, frozen=True):
    """How many alerts every channel owed has now accepted, and how many still wait for one.

    `oldest` is when the first of those that wait was written. `answers` is what each channel that was sent
    something said: why it refused, or "" where it accepted.
    """

    sent: int = 0
    pending: int = 0
    oldest: datetime | None = None
    answers: Mapping[str, str] = {}


def send(tools: Tools, seen: Gathered, state: State, decision: Decision) -> Sent:
    """Write a decision and send all that is owed; then say through another channel which one refused.

    Raises LedgerError, LostRaceError where another tick wrote first, and NobodyListeningError where alerts
    wait and no channel has anybody who would hear them.
    """
    memory = _looked_for_listeners(tools, seen, state, decision)
    absent = [] if seen.secret.slack_known else [SLACK, *map(own, seen.named)]
    addresses = {SLACK: seen.secret.slack_url} if seen.secret.slack_url else {}
    addresses |= {own(name): url for name, url in seen.secret.webhooks.items()}
    channels: dict[str, Channel] = {name: tools.slack(url) for name, url in addresses.items()}
    channels |= {TOPIC: tools.topic()} if memory.listening else {}
    decision = _with_topic(tools, seen, decision, memory)
    if decision.matters(state):
        state = tools.ledger.apply(state, decision, _owed(seen, channels), seen.now)
    sent = deliver(tools, tools.outbox, channels, state.outbox_since, absent)
    # Where another tick has written meanwhile, that one sees to the rest; what was sent here is sent.
    with suppress(LostRaceError):
        if news := _of_channels(tools, seen, decision.memory or seen.as_read, sent.answers):
            state = tools.ledger.apply(state, news, _accepting(channels, sent.answers), seen.now)
            more = deliver(tools, tools.outbox, channels, state.outbox_since, absent)
            refused = {name: answer for name, answer in sent.answers.items() if answer}
            answers = {**sent.answers, **more.answers, **refused}
            sent = msgspec.structs.replace(more, sent=sent.sent + more.sent, answers=answers)
        if sent.oldest != state.outbox_since:
            tools.ledger.waiting(state, sent.oldest)
    sent = _with_those_who_left(tools, seen, channels, absent, sent)
    if sent.pending and not channels:
        raise NobodyListeningError(NOBODY.format(sent.pending), sent.pending, sent.oldest)
    return sent


def deliver(
    tools: Tools,
    outbox: Outbox,
    channels: Mapping[str, Channel],
    since: datetime | None,
    absent: Sequence[str] = (),
) -> Sent:
    """Send the alerts written since an instant, all that wait for a channel as one message.

    What a channel refused before goes in a message apart, so that it cannot hold back what is new. `since` is
    None where the outbox is known to be empty. `absent` names channels that cannot be reached now, yet were
    not removed: what they are owed waits. Raises LedgerError.
    """
    if since is None:
        return Sent()
    names = [*channels, *absent]
    # Read before the alerts are: whoever gets the very next lease knows that nobody has sent meanwhile.
    last_leases = outbox.free(list(channels), tools.clock())
    alerts = {one.key: one for one in outbox.alerts(since)}
    waited = {key for key, one in alerts.items() if not one.is_sent(names)}
    answers: dict[str, str] = {}
    overtaken = False
    for place, (name, channel) in enumerate(channels.items()):
        now = tools.clock()
        due = [one for one in alerts.values() if name in one.waits_for(names) and one.may_be_sent(name, now)]
        batches = _batches(name, due)
        if not batches:
            continue
        lease = _leased(tools, outbox, name, last_leases)
        if not lease:
            overtaken = True
            continue
        try:
            for batch in batches:
                about = {"account": outbox.account, "channel": name}
                outcome, answer = _sent(tools, about, channel, batch, len(channels) - place)
                if answer is not None:
                    answers[name] = answer or answers.get(name, "")
                if outcome:
                    marked = outbox.mark(batch, name, outcome, tools.clock())
                    alerts |= {one.key: one for one in marked}
        except LedgerError:
            _release(tools, outbox, name, lease)
            raise
        _release(tools, outbox, name, lease)
    if overtaken:
        alerts = {one.key: one for one in outbox.alerts(since)}
    pending = {key: one.written_at for key, one in alerts.items() if not one.is_sent(names)}
    return Sent(len(waited - pending.keys()), len(pending), min(pending.values(), default=None), answers)


def _leased(tools: Tools, outbox: Outbox, channel: str, last_leases: Mapping[str, str]) -> str | None:
    """Take a channel's lease until the tick is surely over; None where another tick sends, or has sent."""
    if channel not in last_leases:
        return None
    until = tools.clock() + timedelta(seconds=max(tools.deadline.left(), 0)) + LEASED_BEYOND_THE_END
    return outbox.lease(channel, last_leases[channel], until)


def _batches(channel: str, due: Sequence[Owed]) -> list[Sequence[Owed]]:
    """Part what is new from what was refused before, and from what the channel may have already."""
    kinds: dict[tuple[bool, bool], list[Owed]] = {}
    for alert in due:
        kind = bool(alert.attempts(channel)), channel in alert.given_up
        kinds.setdefault(kind, []).append(alert)
    alike = [kinds[kind] for kind in sorted(kinds)]
    return [
        each[first : first + MOST_A_MESSAGE]
        for each in alike
        for first in range(0, len(each), MOST_A_MESSAGE)
    ]


def _sent(
    tools: Tools, about: Mapping[str, str], channel: Channel, alerts: Sequence[Owed], sharers: int
) -> tuple[Outcome | None, str | None]:
    """Send a message; give what became of it, if that is to be remembered, and what the channel answered."""
    # Most ticks send nothing, and with the channels this is a seventh of what the function's imports cost.
    from budget_alert.messages.compose import compose  # noqa: PLC0415 - as said above

    # A channel that hangs must leave the others their time.
    seconds = max((tools.deadline.left() - SECONDS_TO_MARK) / sharers, LEAST_SECONDS)
    attempts = max(len(alert.attempts(about["channel"])) for alert in alerts)
    due = [one.alert for one in alerts]
    message = compose(due, about["account"], tools.places, perhaps_again=attempts > 0)
    try:
        channel.send(message, seconds)
    except ChannelRefusedError as error:
        tools.log.warning("A channel refused a message", extra={**about, "reason": str(error)})
        return "refused", str(error)
    except ChannelUnsureError as error:
        tools.log.warning("A channel may have taken a message", extra={**about, "reason": str(error)})
        # That nobody knows is a trouble where it has been so a few times.
        return "unsure", str(error) if error.is_strange or attempts + 1 >= MOST_UNSURE else None
    except ChannelError as error:
        tools.log.warning("A channel did not answer", extra={**about, "reason": str(error)})
        return None, None
    except Exception as error:  # noqa: BLE001 - a defect in one channel must not silence the others
        # No traceback: it ends with the error's own words.
        tools.log.error("A channel failed", extra={**about, "reason": reason_of(error)})  # noqa: TRY400 - as said
        return None, None
    return "accepted", ""


def _release(tools: Tools, outbox: Outbox, channel: str, lease: str) -> None:
    """Give a lease back; where that fails, it runs out by itself."""
    try:
        outbox.release(channel, lease)
    except LedgerError as error:
        about = {"account": outbox.account, "channel": channel, "reason": str(error)}
        tools.log.warning("A lease could not be given back", extra=about)


def _looked_for_listeners(tools: Tools, seen: Gathered, state: State, decision: Decision) -> Memory:
    """Look for listeners on the first tick, daily, and before anything is sent."""
    memory = decision.memory or seen.as_read
    known = memory.listened_at is not None and seen.now - memory.listened_at < LISTENERS_KNOWN_FOR
    if known and not decision.alerts and state.outbox_since is None:
        return memory
    try:
        listening = tools.topic().has_listener()
    except ChannelError as error:
        about = {"account": tools.scope.account, "reason": str(error)}
        tools.log.warning("The topic's subscriptions could not be read", extra=about)
        return memory
    if known and listening == memory.listening:
        return memory
    return msgspec.structs.replace(memory, listened_at=seen.now, listening=listening)


def _with_topic(tools: Tools, seen: Gathered, decision: Decision, memory: Memory) -> Decision:
    """Add that nobody listens on the topic, if that is known; with no Slack either, the tick raises.

    Besides, remember whether there is a Slack: it is owed what is written while that is not known.
    """
    nobody = "" if memory.listening else NOBODY_ON_TOPIC
    known = memory.listening or (seen.secret.slack_url and memory.listened_at)
    found = [Found(Trouble.TOPIC, nobody)] if known and tools.scope.reports_for_all else []
    alerts, troubles = compared(memory.troubles, found, seen.in_force.zone, seen.now, tools.settings.interval)
    slack = seen.secret.slack_url is not None if seen.secret.slack_known else memory.slack
    memory = msgspec.structs.replace(memory, troubles=troubles, slack=slack)
    return msgspec.structs.replace(
        decision, others=(*decision.others, *alerts), memory=memory if memory != seen.as_read else None
    )


def _of_channels(tools: Tools, seen: Gathered, memory: Memory, answers: Mapping[str, str]) -> Decision | None:
    """Say what has changed with the channels; None where nothing has.

    A channel that was well again when it was last used, and has nothing to take now, still is.
    """
    known = {name: memory.troubles.get(name) for name in (SLACK, TOPIC)}
    idle = {name: "" for name, one in known.items() if one and one.well_since and name not in answers}
    of_own = {name.partition(":")[2]: answer for name, answer in answers.items() if is_own(name)}
    refused = [f"“{name}”: {answer}" for name, answer in of_own.items() if answer]
    well = {name: answer for name, answer in {**idle, **answers}.items() if not is_own(name)}
    found = [Found(Trouble[name.upper()], answer) for name, answer in well.items()]
    if of_own:
        found.append(Found(Trouble.CHANNEL, "\n".join(refused)))
    alerts, troubles = compared(memory.troubles, found, seen.in_force.zone, seen.now, tools.settings.interval)
    if troubles == memory.troubles:
        return None
    return Decision(others=alerts, memory=msgspec.structs.replace(memory, troubles=troubles))


def _with_those_who_left(
    tools: Tools, seen: Gathered, channels: Mapping[str, Channel], absent: Sequence[str], own: Sent
) -> Sent:
    """Send what waits for accounts that have left, too: no tick of theirs does."""
    every = [own]
    for account, state in seen.left.items():
        if tools.deadline.left() < LEAST_SECONDS + SECONDS_TO_MARK:
            break
        with suppress(LostRaceError):
            outbox = tools.outbox.of(account)
            sent = deliver(tools, outbox, channels, state.outbox_since, absent)
            every.append(sent)
            if sent.oldest != state.outbox_since:
                tools.ledger.of(account).waiting(state, sent.oldest)
    return msgspec.structs.replace(
        own,
        sent=sum(each.sent for each in every),
        pending=sum(each.pending for each in every),
        oldest=min((each.oldest for each in every if each.oldest), default=None),
    )


def _owed(seen: Gathered, channels: Iterable[str]) -> list[str]:
    owed = [name for name in channels if not is_own(name)] or [TOPIC]
    return [*owed, SLACK] if seen.as_read.slack and not seen.secret.slack_known else owed


def _accepting(channels: Iterable[str], answers: Mapping[str, str]) -> list[str]:
    """Name the channels that did not refuse; all, where every one did."""
    names = [name for name in channels if not is_own(name)]
    return [name for name in names if not answers.get(name)] or names

"""What became of a test message -> what each channel answered."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from budget_alert.ledger.outbox import Owed
from budget_alert.messages.wording import clean
from budget_alert.telling import SLACK, TOPIC
from budget_ops.deployed.case import Remembered

_TAKES_IT = {SLACK: "Slack has taken it", TOPIC: "SNS has taken it, for everybody who listens on the topic"}
_UNUSED = {
    SLACK: "no Slack: the stack's secret holds no slack_webhook_url",
    TOPIC: "no SNS: nobody listens on the topic; follow the link in AWS's mail, or subscribe an address",
}
_NOT_YET = "it has not taken the message yet: the next ticks try again, and `poe-budget logs` says why"


class Answer(StrEnum):
    """What a channel answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WAITING = "waiting"
    """It did not answer, or not well; later ticks try again."""
    UNUSED = "unused"
    """There is nobody to tell there."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What one channel, "slack" or "sns", answered, and what there is to say about it."""

    channel: str
    answer: Answer
    words: str


class _Line(msgspec.Struct):
    channel: str
    reason: str


def answers(owed: Owed, known: Remembered, log: Iterable[str]) -> tuple[Answered, ...]:
    """Tell what each channel answered, by what the function remembers after the tick, and by its log."""
    reasons = {line.channel: clean(line.reason) for line in _lines(log)}
    return tuple(_answered(channel, owed, known, reasons.get(channel)) for channel in (SLACK, TOPIC))


def _answered(channel: str, owed: Owed, known: Remembered, reason: str | None) -> Answered:
    notes = known.notes
    troubles = {name: clean(episode.text) for name, episode in notes.episodes.items()}
    if channel in owed.accepted:
        answer, words = Answer.ACCEPTED, _TAKES_IT[channel]
    elif channel in owed.refused:
        answer, words = Answer.REFUSED, reason or troubles.get(channel, "it refused the message")
    elif channel == SLACK and "webhook" in troubles:
        answer, words = Answer.REFUSED, troubles["webhook"]
    elif (channel == TOPIC and not notes.listening) or known.state.outbox_since is None:
        answer, words = Answer.UNUSED, _UNUSED[channel]
    else:
        answer, words = Answer.WAITING, reason or _NOT_YET
    return Answered(channel=channel, answer=answer, words=words)


def _lines(log: Iterable[str]) -> Iterable[_Line]:
    """Give the lines of a log that are about a channel."""
    for line in log:
        try:
            yield msgspec.json.decode(line, type=_Line)
        except msgspec.DecodeError:
            continue

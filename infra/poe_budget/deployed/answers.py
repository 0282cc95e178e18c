"""What the function says of a test that it has told -> what each channel answered."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum

import msgspec

from budget_alert.messages.wording import clean
from budget_alert.sending import SLACK, TOPIC
from poe_budget.deployed.invoking import Invoked, Tick
from poe_budget.errors import OpsError

_TAKEN = {SLACK: "Slack has taken it", TOPIC: "SNS has taken it, for everybody who listens on the topic"}
_UNUSED = {
    SLACK: "the stack's secret holds no slack_webhook_url that can be used",
    TOPIC: "nobody listens on the topic; follow the link in AWS's mail, or subscribe an address to it",
}
_WAITING = "it has not answered, or is not set up; the next ticks try again, and `poe-budget logs` says why"
_UNTOLD = "the function told no test: another tick ran at the same time"


class Answer(StrEnum):
    """What a channel answered."""

    TAKEN = "taken"
    REFUSED = "refused"
    WAITING = "waiting"
    """It did not answer well; later ticks try again."""
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


def answers(done: Invoked) -> tuple[Answered, ...]:
    """Tell what each channel answered; nothing where the tick failed before it could tell.

    Raises OpsError where the function has told no test.
    """
    # An older function raises where Poe refuses the key, and has said in its log what it told before.
    tick = done.tick or next(_ticks(done.log), None)
    if tick is None:
        return ()
    if tick.channels is None:
        raise OpsError(
            f"{_UNTOLD}, or it is older than this program; try again, or deploy the newest template"
        )
    if not tick.channels and not tick.alerts.pending:
        raise OpsError(f"{_UNTOLD}, or no config can be used; try again, or see `poe-budget status`")
    reasons = {line.channel: clean(line.reason) for line in _lines(done.log)}
    return tuple(_answered(channel, tick, reasons.get(channel, _WAITING)) for channel in (SLACK, TOPIC))


def _answered(channel: str, tick: Tick, reason: str) -> Answered:
    said = (tick.channels or {}).get(channel)
    if said == "":
        answer, words = Answer.TAKEN, _TAKEN[channel]
    elif said:
        answer, words = Answer.REFUSED, clean(said)
    elif tick.alerts.pending:
        answer, words = Answer.WAITING, reason
    else:
        answer, words = Answer.UNUSED, _UNUSED[channel]
    return Answered(channel=channel, answer=answer, words=words)


def _ticks(log: Iterable[str]) -> Iterator[Tick]:
    for line in log:
        with suppress(msgspec.DecodeError):
            tick = msgspec.json.decode(line, type=Tick)
            if tick.channels:
                yield tick


def _lines(log: Iterable[str]) -> Iterator[_Line]:
    """Give the lines of a log that are about a channel."""
    for line in log:
        try:
            yield msgspec.json.decode(line, type=_Line)
        except msgspec.DecodeError:
            continue

"""`poe-budget test-alert`: a test message through a deployed stack's own channels."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import TypeVar

import click
import msgspec

from budget_alert.alerts import Severity
from budget_alert.config.spelling import shown
from budget_alert.identity import is_named
from budget_alert.ledger.outbox import SLACK, TOPIC, is_own, own
from budget_alert.messages.wording import clean
from budget_alert.secret import CHANNEL_NAMES
from poe_budget import function
from poe_budget.cli.command import Command
from poe_budget.cli.options import FINDING, as_json, of_stack
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.function import Deployed, Invoked, Tick
from poe_budget.output import progress, say_report

T = TypeVar("T")
OWN = "own"
_TAKEN = {
    SLACK: "Slack has taken it",
    OWN: "Slack has taken it",
    TOPIC: "SNS has taken it, for everybody who listens on the topic",
}
_UNUSED = {
    OWN: "the stack's secret holds no address of that name in slack_webhooks",
    SLACK: "the stack's secret holds no slack_webhook_url that can be used",
    TOPIC: "nobody listens on the topic; follow the link in AWS's mail, or subscribe an address to it",
}
_WAITING = "it has not answered, or is not set up; the next ticks try again, and `poe-budget logs` says why"
_UNSENT = "the function sent no test: another tick ran at the same time"


class Answer(StrEnum):
    """What a channel answered."""

    TAKEN = "taken"
    REFUSED = "refused"
    WAITING = "waiting"
    """It did not answer well; later ticks try again."""
    UNUSED = "unused"
    """There is nobody to send it to."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What one channel, "slack" or "sns", answered, and what there is to say about it."""

    channel: str
    answer: Answer
    words: str


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What `test-alert --json` prints: what each channel answered.

    `tick` is what the tick did that sent the test, null where that is not known; `error` says what it failed
    on. That a key is refused, for one, says nothing of the channels.
    """

    severity: Severity
    channels: tuple[Answered, ...]
    tick: Tick | None
    error: str

    @property
    def well(self) -> bool:
        """Tell whether one channel has taken the test, and none has failed."""
        given = {one.answer for one in self.channels}
        return {Answer.TAKEN} <= given <= {Answer.TAKEN, Answer.UNUSED}


@click.command(cls=Command, example="poe-budget test-alert --stack poe-budget")
@of_stack
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity]),
    default=Severity.INFO.value,
    show_default=True,
    help="How severe the message is, for subscribers that hear only some.",
)
@click.option(
    "--channel",
    metavar="NAME",
    help="One of the secret's slack_webhooks, in place of the main one.",
)
@as_json
def command(*, stack: str, severity: str, channel: str | None, as_json: bool) -> int:
    """Send a test message through a deployed stack's own channels.

    The function ticks at once, and besides says where every budget stands, in a message whose title begins
    with TEST. What each channel answered is shown; the exit status is 1 unless one has taken it and none has
    failed.
    """
    if channel is not None and not is_named(channel):
        raise WrongUseError(f"--channel: {shown(channel)} is no name of a channel; a name is {CHANNEL_NAMES}")
    report = tried(function.deployed(stack), Severity(severity), channel)
    say_report(report, lines(report), as_json=as_json)
    return 0 if report.well else FINDING


def tried(deployed: Deployed, severity: Severity, channel: str | None = None) -> Trial:
    """Let a function send a test, and tell what each channel answered; raises OpsError."""
    with progress("Testing the channels"):
        done = deployed.invoke({"test_alert": severity.value} | ({"channel": channel} if channel else {}))
    error = done.tick.error if done.tick else done.error
    return Trial(
        severity=severity,
        channels=answers(done, own(channel) if channel else SLACK),
        tick=done.tick,
        error=error,
    )


def lines(report: Trial) -> Iterator[str]:
    """Say what each channel answered, and what the tick failed on."""
    yield from (f"{one.channel}: {one.answer}. {one.words}." for one in report.channels)
    if report.error:
        yield f"The tick failed with {report.error}"
        if report.channels:
            yield "That says nothing of the channels: what they answered stands above."
        else:
            yield "What it has sent before that, the channels themselves show."


class _Refusal(msgspec.Struct):
    channel: str
    reason: str


def answers(done: Invoked, slack: str = SLACK) -> tuple[Answered, ...]:
    """Tell what each channel answered; nothing where the tick failed before it could send.

    Raises OpsError where the function has sent no test.
    """
    # An older function raises where Poe refuses the key, and has said in its log what it sent before.
    tick = done.tick or next((tick for tick in _among(done.log, Tick) if tick.channels), None)
    if tick is None:
        return ()
    if tick.channels is None:
        raise OpsError(
            f"{_UNSENT}, or it is older than this program; try again, or deploy the newest template"
        )
    if not tick.channels and not tick.alerts.pending:
        raise OpsError(f"{_UNSENT}, or no config can be used; try again, or see `poe-budget status`")
    reasons = {line.channel: clean(line.reason) for line in _among(done.log, _Refusal)}
    return tuple(_answered(channel, tick, reasons.get(channel, _WAITING)) for channel in (slack, TOPIC))


def _answered(channel: str, tick: Tick, reason: str) -> Answered:
    said = (tick.channels or {}).get(channel)
    if said == "":
        answer, words = Answer.TAKEN, _TAKEN[_kind(channel)]
    elif said:
        answer, words = Answer.REFUSED, clean(said)
    elif tick.alerts.pending:
        answer, words = Answer.WAITING, reason
    else:
        answer, words = Answer.UNUSED, _UNUSED[_kind(channel)]
    return Answered(channel=channel, answer=answer, words=words)


def _kind(channel: str) -> str:
    return OWN if is_own(channel) else channel


def _among(log: Iterable[str], kind: type[T]) -> Iterator[T]:
    for line in log:
        with suppress(msgspec.DecodeError):
            yield msgspec.json.decode(line, type=kind)

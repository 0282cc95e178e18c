"""`poe-budget test-alert`: a test message through a deployed stack's own channels."""

from collections.abc import Iterator

import click
import msgspec

from budget_alert.alerts import Severity
from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json
from poe_budget.cli.output import progress, say, say_json
from poe_budget.cli.stacked import of_stack
from poe_budget.deployed.answers import Answer, Answered, answers
from poe_budget.deployed.invoking import Tick

FINDING = 1
GOOD = (Answer.TAKEN, Answer.UNUSED)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What `test-alert --json` prints: what each channel answered.

    `tick` is what the tick did that told the test, null where that is not known; `error` says what it failed
    on. That a key is refused, for one, says nothing of the channels.
    """

    severity: Severity
    channels: tuple[Answered, ...]
    tick: Tick | None
    error: str

    @property
    def good(self) -> bool:
        """Whether a channel has taken it, and none has failed."""
        given = [one.answer for one in self.channels]
        return Answer.TAKEN in given and all(answer in GOOD for answer in given)


@click.command(cls=Command, example="poe-budget test-alert --stack poe-budget")
@of_stack
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity]),
    default=Severity.INFO.value,
    show_default=True,
    help="How severe the message is, for subscribers that hear only some.",
)
@as_json
def command(*, stack: str, severity: str, as_json: bool) -> int:
    """Send a test message through a deployed stack's own channels.

    The function ticks at once, and besides tells where every budget stands, in a message whose title begins
    with TEST. What each channel answered is shown; the exit status is 1 unless one has taken it and none has
    failed.
    """
    # AWS's client takes long to load: not while a shell completes.
    from poe_budget.deployed import function  # noqa: PLC0415 - see above

    with progress("Testing the channels"):
        done = function.deployed(stack).invoke({"test_alert": severity})
    error = done.tick.error if done.tick else done.error
    report = Trial(severity=Severity(severity), channels=answers(done), tick=done.tick, error=error)
    if as_json:
        say_json(report)
    else:
        for line in _lines(report):
            say(line)
    return 0 if report.good else FINDING


def _lines(report: Trial) -> Iterator[str]:
    yield from (f"{one.channel}: {one.answer}. {one.words}." for one in report.channels)
    if report.error:
        yield f"The tick failed with {report.error}"
        if report.channels:
            yield "That says nothing of the channels: what they answered stands above."
        else:
            yield "What it has sent before that, the channels themselves show."

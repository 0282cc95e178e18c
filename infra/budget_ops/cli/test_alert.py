"""`poe-budget test-alert`: a test message through a deployed stack's own channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from budget_alert.messages.alerts import Severity
from budget_ops.cli.command import Command
from budget_ops.cli.options import as_json
from budget_ops.cli.output import progress, say, say_json
from budget_ops.cli.stacked import of_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from budget_ops.cli.testing import Tested

FINDING = 1


@click.command(cls=Command, example="poe-budget test-alert --stack poe-budget")
@of_stack
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity]),
    default=Severity.INFO.value,
    show_default=True,
    help="How severe it is to look, for subscribers that hear only some.",
)
@as_json
def command(*, stack: str, severity: str, as_json: bool) -> int:
    """Send a test message through a deployed stack's own channels.

    It says where the fullest budget stands now, and its title begins with TEST. It goes the way of every
    alert: into the stack's table, and out of it with a tick that runs at once. What each channel answered is
    shown; the exit status is 1 unless one has taken it and none has failed.
    """
    # AWS's client takes long to load: not while a shell completes.
    from budget_ops.cli.testing import tested  # noqa: PLC0415 - see above

    with progress("Testing the channels"):
        report = tested(stack, Severity(severity))
    if as_json:
        say_json(report)
    else:
        for line in _lines(report):
            say(line)
    return 0 if report.good else FINDING


def _lines(report: Tested) -> Iterator[str]:
    yield f"Sent: {report.title}"
    for one in report.channels:
        yield f"- {one.channel}, {one.answer}: {one.words}"
    if report.error:
        yield f"The tick that sent it failed with {report.error}"

"""`poe-budget tick`: let the function of a deployed stack run now."""

import click

from budget_alert.messages.wording import counted, points
from poe_budget import function
from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, of_stack
from poe_budget.errors import OpsError
from poe_budget.function import Alerts, Tick
from poe_budget.output import progress, say_report


@click.command(cls=Command, example="poe-budget tick --stack poe-budget")
@of_stack
@as_json
def command(*, stack: str, as_json: bool) -> int:
    """Let the function of a deployed stack run now.

    It counts, checks and sends as it does by its schedule. What it did is shown, or the error that it ended
    with.
    """
    with progress("Ticking"):
        done = function.deployed(stack).invoke({})
    if done.tick is None:
        raise OpsError(f"the tick failed with {done.error}")
    say_report(done.tick, words_of(done.tick), as_json=as_json)
    return 0


def words_of(tick: Tick) -> tuple[str, ...]:
    """Say what a tick did, a sentence each."""
    if tick.queued is not None:
        return (
            f"{counted(tick.queued, 'tick')} wait in the queue, one of them that of all accounts together.",
        )
    entries = "1 entry" if tick.entries == 1 else f"{tick.entries:,} entries"
    whose = f" of {counted(len(tick.accounts), 'account')}" if tick.accounts else ""
    pages = f"{counted(tick.pages, 'page')}{whose}"
    read = f"The tick read {entries} in {pages} and added {points(tick.points)}."
    goes_on = "Not everything is read yet: the next ticks go on."
    return read, "Everything is read." if tick.complete else goes_on, _alerts(tick.alerts)


def _alerts(alerts: Alerts) -> str:
    sent = f"{counted(alerts.sent, 'alert')} sent" if alerts.sent else "No alert was sent"
    if not alerts.pending:
        return f"{sent}, and none waits."
    verb = "waits" if alerts.pending == 1 else "wait"
    return f"{sent}, and {alerts.pending:,} {verb} for a channel: the next ticks try again."

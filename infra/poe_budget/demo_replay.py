"""The function over some days of a simulated month, tick after tick."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from poe_budget.arrivals import Arrivals
from standins.history import History, Lateness, month
from standins.local_aws import Counted, LocalAws, local_aws
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import SlackReceiver
from standins.ticking import SimulatedClock, simulated_tick

_MONTH = datetime(2026, 10, 1, tzinfo=UTC)
# Nine quiet days are there for the first tick to read; the busiest of the month come right after them.
_FIRST_TICK = _MONTH + timedelta(days=9)
_INTERVAL = timedelta(hours=1)
_LATE = Lateness(rows=0.03, costs=0.05)
_KEY = "simulated-key"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What all ticks came to: what the ledger holds, what Poe has shown, what was told and what waits."""

    ticks: int
    counted: Counted
    shown: Counted
    told: int
    pending: int

    @property
    def good(self) -> bool:
        """Whether the ledger equals the history, and alerts were told and none is left."""
        return self.counted == self.shown and self.told > 0 and self.pending == 0


class _Stage(msgspec.Struct, frozen=True):
    clock: SimulatedClock
    poe: SimulatedPoe
    aws: LocalAws
    arrivals: Arrivals


def replay(console: Console, budgets: str, days: int) -> int:
    """Tick every hour for so many simulated days, and show what is told.

    Return 0 where the points counted equal the history's and every alert was told, else 1. Raises what
    a tick raises.
    """
    history = month(_MONTH, lateness=_LATE)
    _introduce(console, history, days)
    with _stage(console, history, budgets) as stage:
        outcome = _run(console, stage, days * 24 + 1)
    return _conclude(console, outcome)


@contextmanager
def _stage(console: Console, history: History, budgets: str) -> Iterator[_Stage]:
    clock = SimulatedClock(_FIRST_TICK)
    poe, slack = SimulatedPoe(history.rows, clock=clock, keys=[_KEY]), SlackReceiver()
    with poe.serve() as poe_url, slack.serve() as webhook:
        secret = {"poe_api_key": _KEY, "slack_webhook_url": webhook}
        with local_aws(secret=secret, budgets=budgets, poe_url=poe_url) as aws:
            yield _Stage(clock, poe, aws, Arrivals(console, aws, slack))


def _introduce(console: Console, history: History, days: int) -> None:
    console.print(
        f"A month of real LLM usage made into a Poe history, thinned: {history.thinned}. "
        f"{history.late_rows} rows show up late, {history.late_costs} get their cost late. "
        f"The real function ticks every hour for {days} simulated days; Poe, Slack and AWS are stand-ins "
        "on this machine."
    )


def _run(console: Console, stage: _Stage, ticks: int) -> Outcome:
    told = pending = 0
    with _progress(console) as progress:
        task = progress.add_task("", total=ticks)
        for number in range(ticks):
            stage.clock.now = _FIRST_TICK + number * _INTERVAL
            moment = f"{stage.clock.now:%d %b %Y %H:%M} UTC"
            alerts = simulated_tick(stage.clock)["alerts"]
            told, pending = told + alerts["sent"], alerts["pending"]
            stage.arrivals.show(moment)
            progress.update(task, advance=1, description=moment)
    shown = Counted(stage.poe.total(), stage.poe.entries())
    return Outcome(ticks=ticks, counted=stage.aws.counted(), shown=shown, told=told, pending=pending)


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("ticks")
    return Progress(*columns, TimeElapsedColumn(), console=console)


def _conclude(console: Console, outcome: Outcome) -> int:
    counted, shown = outcome.counted, outcome.shown
    same = "as many as" if counted == shown else f"BUT {shown.points:,} in {shown.queries:,} entries are"
    console.print(
        f"{outcome.ticks} ticks counted {counted.points:,} points in {counted.queries:,} entries, "
        f"{same} in the history; {outcome.told} alerts told, {outcome.pending} pending.",
        style="bold green" if outcome.good else "bold red",
    )
    return 0 if outcome.good else 1

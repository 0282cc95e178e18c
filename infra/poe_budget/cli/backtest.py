"""`poe-budget backtest`: what a config would have sent, had it been in force."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.config.schema import Config
from budget_alert.instants import DAY
from budget_alert.messages.times import last, moment
from budget_alert.rules.scope import Scope
from poe_budget.backtest.page import page
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.report import report, tables
from poe_budget.backtest.results import Replay, left_out
from poe_budget.backtest.words import cautions
from poe_budget.cli.check import candidate
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ, Written, write
from poe_budget.cli.options import Source, as_json, sources
from poe_budget.output import console, json_of, note, notes, progress, say, say_wrapped
from poe_budget.past.history import History, scope_of

INTERVALS = ("1", "5", "10", "15", "30", "60")
"""The template's."""
MONTH = 31
DAILY = "daily"


def _granted(value: str) -> Cycle:
    """Take "daily", or any instant at which the points of a month came."""
    if value == DAILY:
        return Cycle()
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is neither {DAILY} nor a time, such as 2026-10-17T11:35Z"
        ) from None
    return Cycle(instant if instant.tzinfo else instant.replace(tzinfo=UTC))


@click.command(cls=Command, example="poe-budget backtest budgets.toml --report backtest.html")
@click.argument("config", metavar="FILE", type=READ)
@sources
@click.option(
    "--days",
    type=click.IntRange(1, 400),
    default=MONTH,
    show_default=True,
    help="Replay so many days; what is known of the time before is the past that the first tick finds.",
)
@click.option(
    "--interval",
    type=click.Choice(INTERVALS),
    default="5",
    show_default=True,
    help="Minutes between two ticks.",
)
@click.option(
    "--granted",
    type=_granted,
    metavar="WHEN",
    help="When Poe grants points, for budgets of a billing cycle: daily, or such a time of any month.",
)
@click.option(
    "--report",
    "html",
    type=Written(),
    help="Write a page with a chart of each budget, too.",
)
@as_json
def command(  # noqa: PLR0913 - one for each option
    *,
    config: Path,
    source: Source,
    days: int,
    interval: str,
    granted: Cycle | None,
    html: Path | None,
    as_json: bool,
) -> int:
    """Show what a config would have sent you.

    FILE is a config, in TOML. The usage history is replayed through the function's own rules, tick by tick,
    and each alert is shown that it would have sent, with how long before the limit was reached it came. With
    --account the history is that account's, wherever it is from, and goes by the rules that are about it.
    """
    new = candidate(config, as_json=as_json)
    history = source.history()
    conditions = Conditions(
        interval=timedelta(minutes=int(interval)),
        start=history.end - days * DAY,
        cycles=(granted,) if granted else (),
    )
    done = _replayed(new.config, history, conditions, scope_of(source.account))
    if html:
        write(html, page(done, str(config)))
        note(f"{html} shows it as charts; open it in a browser.")
    if as_json:
        say(json_of(report(done, str(config))))
    else:
        _show(done, config)
    return 0


def _replayed(config: Config, history: History, conditions: Conditions, scope: Scope) -> Replay:
    """Replay a history by the rules that are about `scope`, and print what its reader should know of it."""
    start = max(history.start, conditions.start or history.start)
    with ticking("Replaying", start, history.end) as ticked:
        done = replay(scope.rules(config), history, conditions, ticked)
    notes(cautions(done))
    return msgspec.structs.replace(done, left_out=tuple(left_out(config, scope)))


@contextmanager
def ticking(words: str, start: datetime, end: datetime) -> Iterator[Callable[[datetime], None]]:
    """Show how a replay from `start` to `end` goes; gives what takes note of each of its ticks."""
    with progress(words) as reporter:

        def ticked(now: datetime) -> None:
            done = (now - start) / (end - start) if end > start else 1.0
            reporter.reached(done, f"{words}: {now:%d %b %Y}")

        yield ticked


def _show(done: Replay, config: Path) -> None:
    zone = done.config.timezone
    span = f"from {moment(done.start, zone)} to {moment(done.end, zone)}"
    say_wrapped(f"What {config} would have sent {span}, with a tick every {last(done.interval)}:")
    console().print(tables(done))

"""`poe-budget backtest`: what a config would have sent, had it been in force."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from budget_alert.config.billing import Cycle
from budget_alert.instants import DAY
from budget_alert.messages.times import last, moment
from poe_budget.backtest.page import page
from poe_budget.backtest.replay import Conditions
from poe_budget.backtest.report import report, tables
from poe_budget.backtest.results import Replay
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ, Written, write
from poe_budget.cli.options import as_json, history_from, sources
from poe_budget.cli.output import console, note, say_json, say_wrapped
from poe_budget.cli.replaying import replayed
from poe_budget.cli.stacked import candidate
from poe_budget.past.accounts import scope_of

FINDING = 1
INTERVALS = ("1", "5", "10", "15", "30", "60")
"""The template's."""
MONTH = 31
DAILY = "daily"


class Granted(click.ParamType[Cycle]):
    """When Poe grants points."""

    name = "when"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Cycle:
        """Take "daily", or any instant at which the points of a month came."""
        if value == DAILY:
            return Cycle()
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither {DAILY} nor a time, such as 2026-10-17T11:35Z", param, ctx)
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
    type=Granted(),
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
    file: Path | None,
    stack: str | None,
    account: str | None,
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
    if new is None:
        return FINDING
    history = history_from(file, stack, account)
    conditions = Conditions(
        interval=timedelta(minutes=int(interval)),
        start=history.end - days * DAY,
        cycles=(granted,) if granted else (),
    )
    done = replayed(new.config, history, conditions, scope_of(account))
    if html:
        write(html, page(done, str(config)))
        note(f"{html} shows it as charts; open it in a browser.")
    if as_json:
        say_json(report(done, str(config)))
    else:
        _show(done, config)
    return 0


def _show(done: Replay, config: Path) -> None:
    zone = done.config.timezone
    span = f"from {moment(done.start, zone)} to {moment(done.end, zone)}"
    say_wrapped(f"What {config} would have sent {span}, with a tick every {last(done.interval)}:")
    console().print(tables(done))

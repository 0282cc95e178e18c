"""`poe-budget suggest`: budgets and thresholds from the history, as a config."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from budget_alert.messages.times import date
from budget_alert.messages.wording import counted
from budget_ops.backtest.report import Backtest, report
from budget_ops.backtest.table import tables
from budget_ops.cli.command import Command
from budget_ops.cli.files import give
from budget_ops.cli.options import Zone, as_json, history_from, of_a_stack, output, sources
from budget_ops.cli.output import console, json_of, note, notes, progress
from budget_ops.cli.replaying import ticking
from budget_ops.suggest.search import Suggestion, suggest

NAME = "the suggestion"


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """What `suggest --json` prints: the text of a config, and what it would have told."""

    config: str
    wanted_a_month: float
    alerts: int
    alerts_a_month: float
    cautions: tuple[str, ...]
    backtest: Backtest


@click.command(
    cls=Command, example="poe-budget suggest --alerts-a-month 2 --zone Europe/London > budgets.toml"
)
@sources
@click.option(
    "--alerts-a-month",
    "wanted",
    type=click.FloatRange(0, 100),
    default=2.0,
    show_default=True,
    help="How often you want to hear of something, about.",
)
@click.option("--zone", type=Zone(), default="UTC", show_default=True, help="Where days begin at midnight.")
@output
@as_json
def command(  # noqa: PLR0913 - one for each option
    *,
    file: Path | None,
    stack: str | None,
    account: str | None,
    wanted: float,
    zone: str,
    output: Path | None,
    as_json: bool,
) -> int:
    """Suggest budgets for as many alerts as you want.

    Budgets and thresholds are found in the usage history, in round numbers, and printed as a config that
    `check` accepts. What it would have told is shown beside it, on stderr, so that the config alone can go to
    a file.
    """
    history = history_from(file, stack, of_a_stack(account, stack))
    with progress("Trying") as reporter:
        ticked = ticking(reporter, "Trying", history.start, history.end)
        found = suggest(history, wanted, zone, ticked=ticked)
    cautions = tuple(found.cautions())
    if as_json:
        give(json_of(_suggested(found, cautions)), output)
        return 0
    notes(cautions)
    give(found.proposal.text(_comment(found)).rstrip("\n"), output)
    note("\nIt would have told:")
    console(stderr=True).print(tables(found.replay))
    return 0


def _suggested(found: Suggestion, cautions: tuple[str, ...]) -> Suggested:
    return Suggested(
        config=found.proposal.text(_comment(found)),
        wanted_a_month=found.wanted,
        alerts=found.alerts,
        alerts_a_month=round(found.alerts_a_month, 2),
        cautions=cautions,
        backtest=report(found.replay, NAME),
    )


def _comment(found: Suggestion) -> Iterator[str]:
    zone, span = found.proposal.zone, found.replay
    yield f"Suggested for about {found.wanted:g} alerts a month."
    told = counted(found.alerts, "alert")
    yield f"From {date(span.start, zone)} to {date(span.end, zone)} {span.end:%Y} it would have told {told}."

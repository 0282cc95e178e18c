"""`poe-budget suggest`: budgets and thresholds from the history, as a config."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from budget_alert.messages.times import date
from budget_alert.messages.wording import counted, percent
from poe_budget.backtest.incidents import Quality
from poe_budget.backtest.report import Backtest, report, tables
from poe_budget.cli.backtest import ticking
from poe_budget.cli.command import Command
from poe_budget.cli.files import give
from poe_budget.cli.options import Source, as_json, output, sources, zone_option
from poe_budget.output import console, json_of, note, notes
from poe_budget.suggest.search import Suggestion, suggest

NAME = "the suggestion"


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """What `suggest --json` prints: the text of a config, and what it would have sent.

    In `incidents` and `alerts_a_month`, alerts within a day count as one. `bursts` are the heaviest days, in
    about as many stretches as alerts are wanted: of `missed_bursts` there was no alert while they lasted, and
    `spent_before_first_percent` is how much of the points of the others was spent before the first, on
    average.
    """

    config: str
    wanted_a_month: float
    alerts: int
    incidents: int
    alerts_a_month: float
    bursts: int
    missed_bursts: int
    spent_before_first_percent: float | None
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
@zone_option(default="UTC", show_default=True, help="Where days begin at midnight.")
@output
@as_json
def command(
    *,
    source: Source,
    wanted: float,
    zone: str,
    output: Path | None,
    as_json: bool,
) -> int:
    """Suggest budgets for as many alerts as you want.

    Budgets and thresholds are found in the usage history, in round numbers, and printed as a config that
    `check` accepts. What it would have sent is shown beside it, on stderr, so that the config alone can go to
    a file. Alerts within a day count as one; of those that send about as many as you want, the limits are
    taken that warn earliest of the heaviest days.
    """
    source.check_account()
    history = source.history()
    with ticking("Trying", history.start, history.end) as ticked:
        found = suggest(history, wanted, zone, ticked=ticked)
    cautions = tuple(found.cautions())
    if as_json:
        give(json_of(_suggested(found, cautions)), output)
        return 0
    notes(cautions)
    give(found.proposal.text(comment(found)).rstrip("\n"), output)
    note("\nIt would have sent:")
    console(stderr=True).print(tables(found.replay))
    return 0


def _suggested(found: Suggestion, cautions: tuple[str, ...]) -> Suggested:
    before = found.bursts.spent_before
    return Suggested(
        config=found.proposal.text(comment(found)),
        wanted_a_month=found.wanted,
        alerts=found.alerts,
        incidents=found.incidents,
        alerts_a_month=round(found.alerts_a_month, 2),
        bursts=found.bursts.incidents,
        missed_bursts=found.bursts.missed,
        spent_before_first_percent=None if before is None else round(before * 100, 1),
        cautions=cautions,
        backtest=report(found.replay, NAME),
    )


def comment(found: Suggestion) -> Iterator[str]:
    """Say in lines what was wanted, what it would have sent, and how early."""
    zone, span = found.proposal.zone, found.replay
    yield f"Suggested for about {found.wanted:g} alerts a month, where those within a day count as one."
    sent = counted(found.alerts, "alert")
    if found.incidents != found.alerts:
        sent += f", {found.incidents} if counted so"
    yield f"From {date(span.start, zone)} to {date(span.end, zone)} {span.end:%Y} it would have sent {sent}."
    if found.bursts.incidents:
        yield from _early(found.bursts)


def _early(bursts: Quality) -> Iterator[str]:
    """Say how early it would have warned of the heaviest days."""
    found, missed = counted(bursts.incidents, "burst"), bursts.missed or "none"
    yield f"Of the {found} that took most, each of one heavy day or more, it would have missed {missed}."
    if bursts.spent_before is not None:
        yield f"On average, {percent(bursts.spent_before * 100)} of a burst was spent by its first alert."

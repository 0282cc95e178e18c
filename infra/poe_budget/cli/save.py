"""`poe-budget save`: the history in a file, page by page, so that an interrupted reading goes on."""

import os
from datetime import datetime
from itertools import chain
from pathlib import Path

import click
import msgspec

from budget_alert.errors import ScanError
from poe_budget.backtest.sample import sample as sample_month
from poe_budget.cli.command import Command
from poe_budget.cli.files import Written
from poe_budget.cli.options import as_json
from poe_budget.errors import WrongUseError
from poe_budget.output import note, notes, progress, say_report
from poe_budget.past.history import minute, now
from poe_budget.past.pages import of_another, read, unread
from poe_budget.past.poe import poe_of, reported
from poe_budget.past.saved import append, keep, known, load


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What `save --json` prints: how many entries the file holds now, all there are from `start` to `end`.

    `notes` say in sentences what the reader of the file should know of it.
    """

    file: str
    entries: int
    start: datetime
    end: datetime
    notes: tuple[str, ...]


@click.command(cls=Command, example="POE_API_KEY=... poe-budget save history.jsonl")
@click.argument("file", type=Written(goes_on=True))
@click.option("--sample", is_flag=True, help="Save a month of real usage of somebody else, to try things on.")
@as_json
def command(*, file: Path, sample: bool, as_json: bool) -> int:
    """Save the usage history to a file.

    FILE is made, and readable for you only: it names bots and chats. Where it is there already, reading goes
    on where it stopped, and what is new comes on top; so a file can come to hold more than the 30 days that
    Poe keeps.
    """
    if sample:
        keep(sample_month(), file)
    else:
        _read(file)
    history = load(file)
    start, end, count = history.start, history.end, len(history.entries or ())
    saved = Saved(file=str(file), entries=count, start=start, end=end, notes=history.notes)
    notes(() if as_json else history.notes)
    entries = f"{count:,} {'entry' if count == 1 else 'entries'}"
    line = f"{file} holds {entries}, from {minute(start).removesuffix(' UTC')} to {minute(end)}."
    say_report(saved, [line], as_json=as_json)
    return 0


def _read(file: Path) -> None:
    """Read on from what the file holds; of another account nothing is written."""
    try:
        with progress("Reading the history") as reporter, poe_of(os.environ, reporter.wait) as poe:
            before = known(file, now())
            pages = read(poe, unread(before, now()), now)
            first = next(pages)
            if of_another((entry for page in before for entry in page.entries), first, poe):
                raise WrongUseError(
                    f"{file} holds the usage of another account than POE_API_KEY opens; name another file"
                )
            for _ in reported(append(file, chain([first], pages), now()), reporter):
                pass
    except (ScanError, KeyboardInterrupt):
        if file.exists():
            note(f"What was read is in {file}: the same command goes on from there.")
        raise

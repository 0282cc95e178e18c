"""`poe-budget save`: the history in a file, page by page, so that an interrupted reading goes on."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from budget_alert.errors import WalkError
from budget_ops.backtest.sample import sample as sample_month
from budget_ops.cli.command import Command
from budget_ops.cli.output import note, notes, progress, say
from budget_ops.past.history import Reporter
from budget_ops.past.pages import ReadPage, unread
from budget_ops.past.poe import now, poe_of, reported
from budget_ops.past.reading import read
from budget_ops.past.saved import append, keep, load, marks


@click.command(cls=Command, example="POE_API_KEY=... poe-budget save history.jsonl")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--sample", is_flag=True, help="Save a month of real usage of somebody else, to try things on.")
def command(*, file: Path, sample: bool) -> int:
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
    notes(history.notes)
    count = len(history.entries or ())
    span = f"{history.start:%d %b %Y %H:%M} to {history.end:%d %b %Y %H:%M} UTC"
    say(f"{file} holds {count:,} {'entry' if count == 1 else 'entries'}, from {span}.")
    return 0


def _read(file: Path) -> None:
    try:
        with progress("Reading the history") as reporter:
            for _ in _saved(file, reporter):
                pass
    except (WalkError, KeyboardInterrupt):
        if file.exists():
            note(f"What was read is in {file}: the same command goes on from there.")
        raise


def _saved(file: Path, reporter: Reporter) -> Iterator[ReadPage]:
    with poe_of(os.environ, reporter.wait) as poe:
        pages = read(poe, unread(marks(file), now()), now)
        yield from reported(append(file, pages, now()), reporter)

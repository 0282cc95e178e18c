"""Options that several commands have."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from budget_alert.config.zones import time_zone
from budget_alert.errors import ConfigError
from budget_alert.messages.wording import counted
from budget_ops.cli.output import notes, progress
from budget_ops.errors import WrongUseError
from budget_ops.past.history import History
from budget_ops.past.poe import now
from budget_ops.past.sources import Source, history

F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
"""Gives the argument `as_json`."""


of_account = click.option(
    "--account",
    metavar="NAME",
    help="One of the accounts that the stack's secret names, or `all` for their sum.",
)
"""Gives the argument `account`."""


class Zone(click.ParamType[str]):
    """The IANA name of a time zone."""

    name = "zone"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a name that the function knows too."""
        try:
            return time_zone(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


def sources(command: F) -> F:
    """Add the options that say where a history comes from; they give `file`, `stack` and `account`."""
    file = click.option(
        "--file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Read a history saved with `poe-budget save`.",
    )
    stack = click.option("--stack", metavar="NAME", help="Read the table of a deployed stack.")
    return file(stack(of_account(command)))


def of_a_stack(account: str | None, stack: str | None) -> str | None:
    """Give the account; raises WrongUseError where there is no stack that could have it."""
    if account is not None and stack is None:
        raise WrongUseError("only the table of a stack holds several accounts: give --stack with --account")
    return account


def history_from(file: Path | None, stack: str | None, account: str | None = None) -> History:
    """Read the history that was asked for, with progress, and print its notes; raises what `history` does."""
    with progress("Reading the history") as reporter:
        found = history(Source(file, stack, account), os.environ, now, reporter)
    left_out = f"{counted(found.unreadable, 'row')} could not be read and count for nothing"
    notes((*found.notes, left_out) if found.unreadable else found.notes)
    return found

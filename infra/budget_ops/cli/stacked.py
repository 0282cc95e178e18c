"""Options of the commands that look after a deployed stack, and the config that some are given."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from budget_alert.config.budgets import parse
from budget_alert.config.rules import Config
from budget_ops.cli.check import check, show
from budget_ops.cli.output import say_json
from budget_ops.past.poe import now

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT = "default"
"""What the stack's own first budget is called on the command line."""
of_stack = click.option("--stack", metavar="NAME", required=True, help="The name of the deployed stack.")
"""Gives the argument `stack`."""
ask_poe = click.option(
    "--ask-poe", is_flag=True, help="Ask Poe what is left, with the key in the stack's secret."
)
"""Gives the argument `ask_poe`."""
yes = click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
"""Gives the argument `yes`."""


class Candidate(msgspec.Struct, frozen=True):
    """A config that may be put in force: what it is called, its text, and what that says."""

    name: str
    text: str
    config: Config


def config_file(command: F) -> F:
    """Add the argument FILE, a config; gives the argument `file`."""
    return click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(command)


def candidate(file: Path, *, as_json: bool) -> Candidate | None:
    """Read a config; None where it has mistakes, which are printed. Raises OpsError as `check`."""
    checked = check(file, now())
    if checked.good:
        text = file.read_bytes().decode("utf-8")
        return Candidate(str(file), text, parse(text))
    if as_json:
        say_json(checked)
    else:
        show(checked)
    return None

"""Options of the commands that look after a deployed stack, and the config that some are given."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from poe_budget.cli.check import checked, show
from poe_budget.cli.files import READ
from poe_budget.cli.options import stack_option, to_aws
from poe_budget.cli.output import say_json
from poe_budget.past.poe import now

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT = "default"
"""What the stack's own first budget is called on the command line."""
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


def of_stack(command: F) -> F:
    """Add the options that say which deployed stack it is; they give the argument `stack`."""
    stack = stack_option(required=True, help="The name of the deployed stack.")
    return stack(to_aws(command))


def config_file(command: F) -> F:
    """Add the argument FILE, a config; gives the argument `file`."""
    return click.argument("file", type=READ)(command)


def candidate(file: Path, *, as_json: bool) -> Candidate | None:
    """Read a config; None where it has mistakes, which are printed. Raises OpsError as `check`."""
    text, found = checked(file, now())
    if found.good:
        return Candidate(str(file), text, parse(text))
    if as_json:
        say_json(found)
    else:
        show(found)
    return None

"""Options and arguments that several commands have, and what they stand for."""

import os
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from click.core import ParameterSource

from budget_alert.config.zones import time_zone
from budget_alert.errors import ConfigError
from budget_alert.messages.wording import counted
from poe_budget import stack as stacks
from poe_budget.cli.files import READ, READ_OR_PIPED, Written
from poe_budget.errors import WrongUseError
from poe_budget.output import Reporter, notes, progress
from poe_budget.past.deployed import from_stack
from poe_budget.past.history import OFF, History, now, off
from poe_budget.past.poe import from_poe, poe_of
from poe_budget.past.saved import load

FINDING = 1
"""The exit status of a command that went well and found something wrong."""
DEFAULT = "default"
"""What the stack's own first budget is called on the command line."""
stack_option = partial(click.option, "--stack", metavar="NAME", envvar="POE_BUDGET_STACK", show_envvar=True)
"""The option that names a deployed stack; the environment may name it too."""
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""What of an environment botocore takes before it looks at the profile that AWS_PROFILE names."""
F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
"""Gives the argument `as_json`."""
output = click.option(
    "--output",
    type=Written(),
    help="Write it to this file, whole or not at all, in place of printing it.",
)
"""Gives the argument `output`."""
of_account = click.option(
    "--account",
    metavar="NAME",
    help="One of the accounts that the stack's secret names, or `all` for their sum.",
)
"""Gives the argument `account`."""
ask_poe = click.option(
    "--ask-poe", is_flag=True, help="Ask Poe what is left, with the key in the stack's secret."
)
"""Gives the argument `ask_poe`."""
yes = click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
"""Gives the argument `yes`."""
config_file = click.argument("file", type=READ)
"""Gives the argument `file`, a config."""


def zone(name: str) -> str:
    """Take the IANA name of a time zone that the function knows too."""
    try:
        return time_zone(name)
    except ConfigError as error:
        raise click.BadParameter(str(error)) from error


zone_option = partial(click.option, "--zone", type=zone, metavar="ZONE")
"""The option that names a time zone; what it is for, each command says."""


class Source(msgspec.Struct, frozen=True):
    """Where a history comes from: a file saved earlier, or else the table of a stack, or else Poe itself.

    `account` is one of several that the stack monitors, or the name of their sum.
    """

    file: Path | None
    stack: str | None
    account: str | None

    def check(self) -> None:
        """Raise WrongUseError for two sources at once."""
        if self.file and self.stack:
            raise WrongUseError("usage is read from one source: give --file or --stack, not both")

    def check_account(self) -> None:
        """Raise WrongUseError for an account where no source could have several."""
        if self.account is not None and self.stack is None:
            raise WrongUseError(
                "only the table of a stack holds several accounts: give --stack with --account"
            )

    def history(self) -> History:
        """Read the history, with progress, and print its notes.

        Raises WrongUseError where the source cannot be one, OpsError or a ScanError where the reading fails.
        """
        self.check()
        with progress("Reading the history") as reporter:
            found = self._read(reporter)
        left_out = f"{counted(found.unreadable, 'row')} could not be read and count for nothing"
        notes((*found.notes, left_out) if found.unreadable else found.notes)
        return found

    def _read(self, reporter: Reporter) -> History:
        if self.file:
            found = load(self.file)
            if found.end <= now() + OFF:
                return found
            note = f"it was saved by a clock {off(found.end - now())} this one, so it may lack its last days"
            return msgspec.structs.replace(found, notes=(*found.notes, note))
        if self.stack:
            return from_stack(stacks.found(self.stack), now(), reporter, self.account)
        if not os.environ.get("POE_API_KEY"):
            raise WrongUseError(
                "there is no history to read: set POE_API_KEY to a key from https://poe.com/api_key, or name "
                "a saved history with --file or a deployed stack with --stack"
            )
        with poe_of(os.environ, reporter.wait) as poe:
            return from_poe(poe, now, reporter)


def sources(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say where a history comes from; they give the argument `source`."""

    @wraps(command)
    def with_source(file: Path | None, stack: str | None, account: str | None, **others: Any) -> int:  # noqa: ANN401
        return command(source=Source(file, stack, account), **others)

    option = click.option(
        "--file",
        type=READ_OR_PIPED,
        # Known before the stack: a file that was named goes before a stack of the environment.
        is_eager=True,
        help="Read a history saved with `poe-budget save`; - is the standard input.",
    )
    stack_of = stack_option(callback=_unless_a_file, help="Read the table of a deployed stack.")
    return option(stack_of(to_aws(of_account(with_source))))


def to_aws(command: F) -> F:
    """Add the options that say how AWS is reached; they hold for this process as if its environment did."""
    profile = click.option(
        "--profile",
        metavar="NAME",
        expose_value=False,
        callback=_with_profile,
        help="A profile of AWS's config files, in place of what the environment says.",
    )
    region = click.option(
        "--region",
        metavar="NAME",
        expose_value=False,
        callback=_in_region,
        help="The AWS region of the stack.",
    )
    return profile(region(command))


def of_stack(command: F) -> F:
    """Add the options that say which deployed stack it is; they give the argument `stack`."""
    stack = stack_option(required=True, help="The name of the deployed stack.")
    return stack(to_aws(command))


def _unless_a_file(context: click.Context, parameter: click.Parameter, stack: str | None) -> str | None:
    typed = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    return stack if typed or not context.params.get("file") else None


def _with_profile(_: click.Context, __: click.Parameter, name: str | None) -> None:
    if name:
        for other in _CREDENTIALS:
            os.environ.pop(other, None)
        os.environ["AWS_PROFILE"] = name


def _in_region(_: click.Context, __: click.Parameter, name: str | None) -> None:
    if name:
        os.environ["AWS_REGION"] = name

"""`poe-budget rollback`: put an earlier config in force again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from budget_alert.config.reading import parse
from budget_alert.errors import ConfigError
from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, of_account
from poe_budget.cli.stacked import DEFAULT, Candidate, ask_poe, of_stack, yes
from poe_budget.errors import OpsError, WrongUseError

if TYPE_CHECKING:
    from poe_budget.deployed.parameter import Version
    from poe_budget.deployed.present import Present

_DEFAULT_NUMBER = 0


class Target(click.ParamType[int]):
    """A version of the parameter, from 1; 0 is the stack's own first budget."""

    name = "version"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Take the number of a version, or "default"."""
        if value == DEFAULT:
            return _DEFAULT_NUMBER
        if not value.isdecimal() or not value.isascii() or int(value) == 0:
            self.fail(f"{value!r} is neither the number of a version nor {DEFAULT}", param, ctx)
        return int(value)


@click.command(cls=Command, example="poe-budget rollback --stack poe-budget --to 3")
@of_stack
@of_account
@click.option("--to", type=Target(), help="The version to restore, or `default`; the one before if left out.")
@ask_poe
@yes
@as_json
def command(  # noqa: PLR0913 - one for each option
    *, stack: str, account: str | None, to: int | None, ask_poe: bool, yes: bool, as_json: bool
) -> int:
    """Put an earlier config in force again.

    The config becomes a new version of the stack's parameter, so that a rollback can itself be undone. The
    stack's own first budget, in force before the first push, is `default`. Nothing is deleted.
    """
    # AWS's client takes long to load: not while a shell completes.
    from poe_budget.cli.deployment import seen  # noqa: PLC0415 - see above
    from poe_budget.cli.pushing import Asking, put  # noqa: PLC0415 - see above

    asking = Asking(environ=os.environ, ask_poe=ask_poe, yes=yes, as_json=as_json)
    asking.check()
    found = seen(stack, account)
    target = _target(found, to)
    return put(found, _candidate(found, target), asking, always=True)


def _target(found: Present, to: int | None) -> Version:
    newest = found.newest.number
    if newest is None:
        raise WrongUseError(
            f"there is nothing to roll back: {found.source} is in force, and nothing else was"
        )
    wanted = newest - 1 if to is None else to
    return found.parameter.default if wanted == _DEFAULT_NUMBER else found.parameter.version(wanted)


def _candidate(found: Present, target: Version) -> Candidate:
    called = found.parameter.words(target)
    try:
        return Candidate(called, target.text, parse(target.text))
    except ConfigError as error:
        raise OpsError(f"{called} cannot be put in force: {error.mistakes[0]}") from error

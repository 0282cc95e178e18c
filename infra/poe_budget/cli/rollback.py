"""`poe-budget rollback`: put an earlier config in force again."""

import click

from budget_alert.config.reading import parse
from budget_alert.errors import ConfigError
from poe_budget.cli.check import Candidate
from poe_budget.cli.command import Command
from poe_budget.cli.options import DEFAULT, as_json, ask_poe, of_account, of_stack, yes
from poe_budget.cli.push import check_answerable, put
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.snapshot import seen

_DEFAULT_NUMBER = 0


def _version(value: str) -> int:
    """Take the number of a version, from 1, or "default": 0 is the stack's own first budget."""
    if value == DEFAULT:
        return _DEFAULT_NUMBER
    if not value.isdecimal() or not value.isascii() or int(value) == 0:
        raise click.BadParameter(f"{value!r} is neither the number of a version nor {DEFAULT}")
    return int(value)


@click.command(cls=Command, example="poe-budget rollback --stack poe-budget --to 3")
@of_stack
@of_account
@click.option(
    "--to",
    type=_version,
    metavar="VERSION",
    help="The version to restore, or `default`; the one before if left out.",
)
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
    check_answerable(yes=yes, as_json=as_json)
    found = seen(stack, account)
    deployed, newest = found.deployed, found.newest.number
    if newest is None:
        raise WrongUseError(
            f"there is nothing to roll back: {found.source} is in force, and nothing else was"
        )
    wanted = newest - 1 if to is None else to
    target = deployed.default if wanted == _DEFAULT_NUMBER else deployed.version(wanted)
    called = deployed.words(target.number)
    try:
        new = Candidate(called, target.text, parse(target.text))
    except ConfigError as error:
        raise OpsError(f"{called} cannot be put in force: {error.mistakes[0]}") from error
    return put(found, new, ask_poe=ask_poe, yes=yes, as_json=as_json, always=True)

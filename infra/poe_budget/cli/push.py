"""`poe-budget push`: put a config in force in a deployed stack, once its reader has agreed."""

from pathlib import Path

import click
import msgspec

from budget_alert.messages.wording import number
from poe_budget.cli.check import Candidate, candidate
from poe_budget.cli.command import Command
from poe_budget.cli.diff import Diff, difference, lines
from poe_budget.cli.options import (
    DEFAULT,
    FINDING,
    as_json,
    ask_poe,
    config_file,
    of_account,
    of_stack,
    yes,
)
from poe_budget.errors import WrongUseError
from poe_budget.function import STANDARD_BYTES
from poe_budget.output import is_answered, note, notes, progress, say, say_report
from poe_budget.snapshot import Present, seen


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What `push --json` and `rollback --json` print.

    `written` is False where the config was in force already. `version` of the parameter is in force now, and
    `before` was: null stands for the stack's own first budget, which is in force while there is no parameter.
    """

    diff: Diff
    written: bool = False
    version: int | None
    before: int | None


@click.command(cls=Command, example="poe-budget push budgets.toml --stack poe-budget")
@config_file
@of_stack
@of_account
@ask_poe
@yes
@as_json
def command(  # noqa: PLR0913 - one for each option
    *, file: Path, stack: str, account: str | None, ask_poe: bool, yes: bool, as_json: bool
) -> int:
    """Put a config in force in a deployed stack.

    FILE is a config, in TOML. What it would change is shown, as `diff` does, and you are asked before it is
    written into the stack's parameter. The next tick goes by it; `rollback` undoes it. A config with a
    mistake is refused with 1. With --account it is shown what would be sent of that account.
    """
    new = candidate(file, as_json=as_json)
    check_answerable(yes=yes, as_json=as_json)
    return put(seen(stack, account), new, ask_poe=ask_poe, yes=yes, as_json=as_json)


def check_answerable(*, yes: bool, as_json: bool) -> None:
    """Raise WrongUseError where a question would have no one to answer it."""
    if not yes and (as_json or not is_answered()):
        raise WrongUseError("there is nobody to ask whether to go on: add --yes to go on unasked")


def put(  # noqa: PLR0913 - the options of two commands
    found: Present, new: Candidate, *, ask_poe: bool, yes: bool, as_json: bool, always: bool = False
) -> int:
    """Show what a config would change, ask, and make it a new version; gives the exit status.

    What is in force already is written once more only with `always`. Raises OpsError.
    """
    with progress("Comparing"):
        diff = difference(found, new, ask_poe=ask_poe)
    before, size = found.newest.number, len(new.text.encode())
    pushed = Pushed(diff=diff, version=before, before=before)
    for line in () if as_json else lines(diff):
        say(line)
    if diff.same and not always:
        say_report(pushed, (), as_json=as_json)
        return 0
    if size > STANDARD_BYTES:
        price = "AWS takes about $0.05 a month for the parameter, until it is deleted"
        notes([f"it has {number(size)} bytes; above {number(STANDARD_BYTES)} {price}"])
    if not yes and not click.confirm("Put it in force?", err=True):
        note("Nothing is changed.")
        return FINDING
    version = found.deployed.write(new.text)
    pushed = Pushed(diff=diff, written=True, version=version, before=before)
    back = f"`poe-budget rollback --stack {found.deployed.name} --to {before or DEFAULT}` restores that"
    words, was = found.deployed.words(version), found.deployed.words(before)
    say_report(pushed, [f"The next tick goes by {words}. Before it was {was}: {back}."], as_json=as_json)
    if version != (before or 0) + 1:
        notes([f"somebody else has written version {version - 1} meanwhile; see what it held"])
    return 0

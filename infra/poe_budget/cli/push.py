"""`poe-budget push`: put a config in force in a deployed stack, once its reader has agreed."""

import os
import sys
from collections.abc import Iterator, Mapping
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
from poe_budget.output import note, notes, progress, say, say_json
from poe_budget.snapshot import Present, seen

DECLINED = 1


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What `push --json` and `rollback --json` print.

    `written` is False where the config was in force already. `version` of the parameter is in force now, and
    `before` was: null stands for the stack's own first budget, which is in force while there is no parameter.
    """

    diff: Diff
    written: bool = False
    version: int | None
    before: int | None


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How a command was asked to go about it, and the environment it was asked in."""

    environ: Mapping[str, str]
    ask_poe: bool
    yes: bool
    as_json: bool

    def check(self) -> None:
        """Raise WrongUseError where a question would have no one to answer it."""
        if not self.yes and (self.as_json or not sys.stdin.isatty()):
            raise WrongUseError("there is nobody to ask whether to go on: add --yes to go on unasked")


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
    if new is None:
        return FINDING
    asking = Asking(environ=os.environ, ask_poe=ask_poe, yes=yes, as_json=as_json)
    asking.check()
    return put(seen(stack, account), new, asking)


def put(found: Present, new: Candidate, asking: Asking, *, always: bool = False) -> int:
    """Show what a config would change, ask, and make it a new version; gives the exit status.

    What is in force already is written once more only with `always`. Raises OpsError.
    """
    with progress("Comparing"):
        diff = difference(found, new, asking.environ, ask_poe=asking.ask_poe)
    before = found.newest.number
    if not asking.as_json:
        for line in lines(diff):
            say(line)
    if diff.same and not always:
        return _report(found, asking, Pushed(diff=diff, version=before, before=before))
    notes(_cautions(new))
    if not asking.yes and not click.confirm("Put it in force?", err=True):
        note("Nothing is changed.")
        return DECLINED
    version = found.deployed.write(new.text)
    return _report(found, asking, Pushed(diff=diff, written=True, version=version, before=before))


def _cautions(new: Candidate) -> Iterator[str]:
    size = len(new.text.encode())
    if size > STANDARD_BYTES:
        yield (
            f"it has {number(size)} bytes; above {number(STANDARD_BYTES)} AWS takes about $0.05 a month for "
            "the parameter, until it is deleted"
        )


def _report(found: Present, asking: Asking, pushed: Pushed) -> int:
    if asking.as_json:
        say_json(pushed)
    elif pushed.written:
        now, before = (found.deployed.words(version) for version in (pushed.version, pushed.before))
        say(f"The next tick goes by {now}. Before it was {before}{_undo(found, pushed)}.")
    if pushed.version and pushed.written and pushed.version != (pushed.before or 0) + 1:
        notes([f"somebody else has written version {pushed.version - 1} meanwhile; see what it held"])
    return 0


def _undo(found: Present, pushed: Pushed) -> str:
    to = DEFAULT if pushed.before is None else pushed.before
    return f": `poe-budget rollback --stack {found.deployed.name} --to {to}` restores that"

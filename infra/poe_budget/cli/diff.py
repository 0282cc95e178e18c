"""`poe-budget diff`: what another config would change in a deployed stack."""

import os
from pathlib import Path

import click

from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, of_account
from poe_budget.cli.output import progress, say, say_json
from poe_budget.cli.stacked import ask_poe, candidate, config_file, of_stack

FINDING = 1


@click.command(cls=Command, example="poe-budget diff budgets.toml --stack poe-budget")
@config_file
@of_stack
@of_account
@ask_poe
@as_json
def command(*, file: Path, stack: str, account: str | None, ask_poe: bool, as_json: bool) -> int:
    """Show what another config would change in a deployed stack.

    FILE is a config, in TOML. It is compared with the one in force: which rules come, go or change, which
    thresholds can be told once more, and what the next tick would tell: of one account, where there are
    several. Nothing is changed.
    """
    # AWS's client takes long to load: not while a shell completes.
    from poe_budget.cli.deployment import seen  # noqa: PLC0415 - see above
    from poe_budget.cli.differing import difference, lines  # noqa: PLC0415 - see above

    new = candidate(file, as_json=as_json)
    if new is None:
        return FINDING
    with progress("Comparing"):
        diff = difference(seen(stack, account), new, os.environ, ask_poe=ask_poe)
    if as_json:
        say_json(diff)
    else:
        for line in lines(diff):
            say(line)
    return 0

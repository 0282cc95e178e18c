"""`poe-budget push`: put a config in force in a deployed stack."""

import os
from pathlib import Path

import click

from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, of_account
from poe_budget.cli.stacked import ask_poe, candidate, config_file, of_stack, yes

FINDING = 1


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
    mistake is refused with 1. With --account it is shown what would be told of that account.
    """
    # AWS's client takes long to load: not while a shell completes.
    from poe_budget.cli.deployment import seen  # noqa: PLC0415 - see above
    from poe_budget.cli.pushing import Asking, put  # noqa: PLC0415 - see above

    new = candidate(file, as_json=as_json)
    if new is None:
        return FINDING
    asking = Asking(environ=os.environ, ask_poe=ask_poe, yes=yes, as_json=as_json)
    asking.check()
    return put(seen(stack, account), new, asking)

"""`poe-budget tick`: let the function of a deployed stack run now."""

import click

from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json
from poe_budget.cli.output import progress, say, say_json
from poe_budget.cli.stacked import of_stack
from poe_budget.errors import OpsError


@click.command(cls=Command, example="poe-budget tick --stack poe-budget")
@of_stack
@as_json
def command(*, stack: str, as_json: bool) -> int:
    """Let the function of a deployed stack run now.

    It counts, judges and tells as it does by its schedule. What it did is shown, or the error that it ended
    with.
    """
    # AWS's client takes long to load: not while a shell completes.
    from poe_budget.deployed import function  # noqa: PLC0415 - see above
    from poe_budget.deployed.invoking import words_of  # noqa: PLC0415 - see above

    with progress("Ticking"):
        done = function.deployed(stack).invoke({})
    if done.tick is None:
        raise OpsError(f"the tick failed with {done.error}")
    if as_json:
        say_json(done.tick)
    else:
        for line in words_of(done.tick):
            say(line)
    return 0

"""`poe-budget tick`: let the function of a deployed stack run now."""

import click

from budget_ops.cli.command import Command
from budget_ops.cli.options import as_json
from budget_ops.cli.output import progress, say, say_json
from budget_ops.cli.stacked import of_stack
from budget_ops.errors import OpsError


@click.command(cls=Command, example="poe-budget tick --stack poe-budget")
@of_stack
@as_json
def command(*, stack: str, as_json: bool) -> int:
    """Let the function of a deployed stack run now.

    It counts, judges and tells as it does by its schedule. What it did is shown, or the error that it ended
    with.
    """
    # AWS's client takes long to load: not while a shell completes.
    from budget_ops.deployed import function  # noqa: PLC0415 - see above
    from budget_ops.deployed.invoking import words_of  # noqa: PLC0415 - see above

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

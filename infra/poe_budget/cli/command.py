"""What all commands share: an example in their help, `--debug`, and that they are loaded only when run."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from budget_alert import __version__

DEBUG = "--debug"


class Command(click.Command):
    """A command whose help ends with an example; it returns the exit status."""

    def __init__(self, name: str | None, *, example: str, **settings: Any) -> None:  # noqa: ANN401 - click's own
        # Click keeps the lines of a paragraph that begins with \b as they are.
        super().__init__(name, epilog=f"\b\nExample:\n  {example}", **settings)
        self.params.append(_debug())

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click's own
        """Run it, and find out about a reader that has gone away while click still handles that."""
        # What reads saved histories takes its time to load: not while a shell completes.
        from poe_budget.cli.files import refuse_harm  # noqa: PLC0415 - see above

        refuse_harm(self.params, ctx.params)
        try:
            return super().invoke(ctx)
        finally:
            sys.stdout.flush()


class Program(click.Group):
    """Commands by their summaries; each is the attribute `command` of the module of its name.

    A module is imported when its command is run or completed: AWS's client takes a second to load, and
    whoever presses the tabulator should not wait for it.
    """

    def __init__(self, name: str, package: str, summaries: Mapping[str, str], **settings: Any) -> None:  # noqa: ANN401
        stubs = {each: click.Command(each, short_help=summary) for each, summary in summaries.items()}
        super().__init__(name, commands=stubs, params=[_debug()], **settings)
        click.version_option(__version__, message="%(prog)s %(version)s")(self)
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Give the names in the order of the summaries."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names, and the arguments that are left for it."""
        name, stub, rest = super().resolve_command(ctx, args)
        return name, self.load(stub.name) if stub and stub.name else None, rest

    def load(self, name: str) -> click.Command:
        """Import one of the commands."""
        module = import_module(f"{self._package}.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command


def _debug() -> click.Option:
    # main() looks for this one itself: it counts also where the arguments cannot be read.
    return click.Option([DEBUG], is_flag=True, expose_value=False, help="Show where a failure comes from.")

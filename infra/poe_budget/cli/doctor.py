"""`poe-budget doctor`: what is well and what to do, a line for each thing."""

from collections.abc import Iterator

import click
import msgspec

from poe_budget.cli.command import Command
from poe_budget.cli.options import FINDING, as_json, stack_option, to_aws
from poe_budget.doctor.checks import Check, Found
from poe_budget.doctor.looking import of_machine
from poe_budget.doctor.of_stack import of_stack
from poe_budget.output import json_of, progress, say, say_wrapped


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What `doctor --json` prints: what each check says; `stack` is null where none was looked at."""

    stack: str | None
    well: bool
    checks: tuple[Check, ...]


@click.command(cls=Command, example="poe-budget doctor --stack poe-budget")
@stack_option(help="The name of a deployed stack; without it, only this machine is looked at.")
@to_aws
@as_json
def command(*, stack: str | None, as_json: bool) -> int:
    """Say in a line each what is well, and what to do about the rest.

    Of a stack it looks at versions, clock, secret, key, webhook, subscriptions, config, schedule, ticks,
    alarms and troubles; without one at the key in POE_API_KEY, the clock, the SAM CLI and the sign-in to
    AWS. Nothing is changed, posted or sent. The exit status is 1 unless all was seen and is well.
    """
    with progress("Looking"):
        checks = of_stack(stack) if stack else of_machine()
    well = all(each.found is Found.WELL for each in checks)
    if as_json:
        say(json_of(Diagnosis(stack=stack, well=well, checks=checks)))
    for line in () if as_json else _lines(checks):
        say_wrapped(line)
    return 0 if well else FINDING


def _lines(checks: tuple[Check, ...]) -> Iterator[str]:
    for each in checks:
        todo = f". To do: {each.todo}" if each.todo else ""
        yield f"{each.found:<7}  {each.subject}: {each.words}{todo}"

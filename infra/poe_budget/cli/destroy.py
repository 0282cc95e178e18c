"""`poe-budget destroy`: a stack taken away, and what stays of it, and why."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec

from budget_alert.messages.wording import counted
from poe_budget import stack as stacks
from poe_budget.cli.command import Command
from poe_budget.cli.options import FINDING, of_stack, yes
from poe_budget.deployment.site import GONE, Resource, Site
from poe_budget.deployment.words import KEPT, called
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.output import is_answered, note, progress, say, say_wrapped
from poe_budget.stack import Stack, aws, code_of

_BUCKET = "aws-sam-cli-managed-default"


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """What outlives the stack: what it is, and why; and the command that deletes it, and that as a call."""

    name: str
    why: str
    command: str
    service: str
    call: str
    arguments: Mapping[str, Any]


@click.command(cls=Command, example="poe-budget destroy --stack poe-budget")
@of_stack
@click.option(
    "--everything", is_flag=True, help="Delete also the history, the config, and the stack's own secret."
)
@yes
def command(*, stack: str, everything: bool, yes: bool) -> int:
    """Take a deployed stack away again.

    What goes is shown, and what stays, and why; you type the stack's name before anything is deleted. The
    ledger stays, for it holds more than Poe keeps, and so do the secret and your config: the commands that
    delete them are shown, or --everything does that too, after another question.
    """
    if not yes and not is_answered():
        raise WrongUseError("there is nobody to ask: add --yes to delete it unasked")
    found = stacks.found(stack)
    site = Site(found)
    with progress("Waiting for what AWS does with the stack"):
        site.settled()
    rest = tuple(_rest(found, site.resources()))
    _show(site, rest, everything=everything)
    if not yes and not _agreed(stack, everything=everything):
        note("Nothing is deleted.")
        return FINDING
    site.delete()
    _finish(site)
    if everything:
        _delete(found, rest)
    elif rest:
        say("\nThese commands delete what stays:")
        for each in rest:
            say(f"  {each.command}")
    return 0


def _show(site: Site, rest: tuple[Rest, ...], *, everything: bool) -> None:
    there = [each for each in site.resources() if not each.gone]
    going = [called(each.name, each.type) for each in there if each.name not in KEPT]
    say_wrapped(f"Of the stack {site.name} in {site.region} go {counted(len(going), 'resource')}:")
    say_wrapped(f"- {', '.join(going) or 'nothing'}.")
    for each in rest:
        say_wrapped(f"- {f'{each.name} goes too' if everything else f'{each.name} stays: {each.why}'}.")
    say_wrapped(f"- The bucket of the stack {_BUCKET} stays: the SAM CLI uses it for all that it deploys.")


def _agreed(stack: str, *, everything: bool) -> bool:
    answer: str = click.prompt("Type the stack's name to delete it", default="", show_default=False, err=True)
    lost = "Poe keeps 30 days: what the table holds of the time before is lost for good. Delete it?"
    return answer == stack and (not everything or click.confirm(lost, err=True))


def _finish(site: Site) -> None:
    """Wait until the stack is gone; raises OpsError where AWS could not delete all of it."""
    try:
        with progress("Deleting"):
            status = site.settled()
    except KeyboardInterrupt:
        note(f"\nAWS goes on deleting {site.name}.")
        raise
    if status != GONE:
        why = f"({status}): {site.reasons()}"
        raise OpsError(f"AWS could not delete all of {site.name} {why}; mend that, and run it again")
    say(f"The stack {site.name} is deleted.")


def _rest(stack: Stack, resources: tuple[Resource, ...]) -> Iterator[Rest]:
    """Give what outlives the stack; raises WrongUseError for a stack of another project."""
    region, names = stack.session.region_name, {each.name for each in resources}
    if not {"Ledger", "Function"} <= names:
        raise WrongUseError(f"the stack {stack.name} is not of this project: name another with --stack")
    there = {each.name: each.physical for each in resources if not each.gone}
    if table := there.get("Ledger"):
        yield Rest(
            name=f"The table {table}",
            why="it holds more of your history than Poe keeps",
            command=f"aws dynamodb delete-table --region {region} --table-name {table}",
            service="dynamodb",
            call="delete_table",
            arguments={"TableName": table},
        )
        parameter = f"/{stack.name}/budgets"
        yield Rest(
            name=f"The parameter {parameter}",
            why="it is your config, and a new stack of this name would go by it",
            command=f"aws ssm delete-parameter --region {region} --name {parameter}",
            service="ssm",
            call="delete_parameter",
            arguments={"Name": parameter},
        )
    if secret := there.get("Secret"):
        yield Rest(
            name=f"The secret {secret}",
            why="it may hold keys that you have nowhere else, and costs $0.40 a month",
            command=f"aws secretsmanager delete-secret --region {region} --secret-id {secret}",
            service="secretsmanager",
            call="delete_secret",
            arguments={"SecretId": secret},
        )


def _delete(stack: Stack, rest: tuple[Rest, ...]) -> None:
    for each in rest:
        try:
            with aws(f"do what `{each.command}` does"):
                getattr(stack.client(each.service), each.call)(**each.arguments)
        except OpsError as error:
            # Who never put a config has no such parameter.
            if code_of(error.__cause__) != "ParameterNotFound":
                raise
        else:
            say(f"{each.name} is deleted.")

"""`poe-budget destroy`: a stack taken away, and what stays of it, and why."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec
from botocore import xform_name

from budget_alert.messages.wording import counted
from poe_budget import stack as stacks
from poe_budget.cli.command import Command
from poe_budget.cli.options import FINDING, of_stack, yes
from poe_budget.deployment.site import GONE, KEPT, Site, called
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.output import is_answered, note, progress, say, say_wrapped
from poe_budget.stack import aws, code_of

_BUCKET = "aws-sam-cli-managed-default"


class Rest(msgspec.Struct, frozen=True):
    """What outlives the stack: what it is, and why; and the call that deletes it."""

    name: str
    why: str
    service: str
    call: str
    arguments: Mapping[str, str]

    def command(self, region: str) -> str:
        """Give that call as AWS's own command line has it."""
        options = " ".join(f"--{xform_name(key, '-')} {value}" for key, value in self.arguments.items())
        return f"aws {self.service} {self.call.replace('_', '-')} --region {region} {options}"


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
    site = Site(stacks.found(stack))
    with progress("Waiting for what AWS does with the stack"):
        site.settled()
    resources = site.resources()
    rest = tuple(_rest(site, resources))
    _show(site, resources, rest, everything=everything)
    if not yes and not _agreed(stack, everything=everything):
        note("Nothing is deleted.")
        return FINDING
    site.delete()
    _finish(site)
    if everything:
        _delete(site, rest)
    elif rest:
        say("\nThese commands delete what stays:")
        for each in rest:
            say(f"  {each.command(site.region)}")
    return 0


def _show(
    site: Site, resources: Mapping[str, Mapping[str, Any]], rest: tuple[Rest, ...], *, everything: bool
) -> None:
    going = [called(each) for name, each in resources.items() if name not in KEPT and not _is_gone(each)]
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


def _rest(site: Site, resources: Mapping[str, Mapping[str, Any]]) -> Iterator[Rest]:
    """Give what outlives the stack; raises WrongUseError for a stack of another project."""
    if not {"Ledger", "Function"} <= resources.keys():
        raise WrongUseError(f"the stack {site.name} is not of this project: name another with --stack")
    there = {name: each.get("PhysicalResourceId") for name, each in resources.items() if not _is_gone(each)}
    if table := there.get("Ledger"):
        why = "it holds more of your history than Poe keeps"
        yield Rest(f"The table {table}", why, "dynamodb", "delete_table", {"TableName": table})
        why = "it is your config, and a new stack of this name would go by it"
        yield Rest(
            f"The parameter {site.parameter}", why, "ssm", "delete_parameter", {"Name": site.parameter}
        )
    if secret := there.get("Secret"):
        why = "it may hold keys that you have nowhere else, and costs $0.40 a month"
        yield Rest(f"The secret {secret}", why, "secretsmanager", "delete_secret", {"SecretId": secret})


def _is_gone(resource: Mapping[str, Any]) -> bool:
    return bool(resource["ResourceStatus"] == "DELETE_COMPLETE")


def _delete(site: Site, rest: tuple[Rest, ...]) -> None:
    for each in rest:
        try:
            with aws(f"do what `{each.command(site.region)}` does"):
                getattr(site.stack.client(each.service), each.call)(**each.arguments)
        except OpsError as error:
            # Who never put a config has no such parameter.
            if code_of(error.__cause__) != "ParameterNotFound":
                raise
        else:
            say(f"{each.name} is deleted.")

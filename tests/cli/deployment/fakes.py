"""CloudFormation and the SAM CLI for one stack, as far as `deploy` and `destroy` ask them."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest.mock import patch

import yaml
from botocore import xform_name

from poe_budget.deployment import sam
from tests.cli.surrounded import answering, refusal, spelled

MADE: Mapping[str, str] = {
    "Function": "AWS::Lambda::Function",
    "Ledger": "AWS::DynamoDB::Table",
    "Secret": "AWS::SecretsManager::Secret",
    "Observability": "AWS::CloudFormation::Stack",
}
ARN = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/samcli-deploy1/1"
LISTENING = [
    {"Protocol": "email", "Endpoint": "here@example.com", "SubscriptionArn": f"{ARN}:1"},
    {"Protocol": "email", "Endpoint": "late@example.com", "SubscriptionArn": "PendingConfirmation"},
]


def done(status: int, said: str = "") -> CompletedProcess[str]:
    """Give how a program ended, and what it said."""
    return CompletedProcess((), status, said)


def added(*names: str) -> list[Mapping[str, Any]]:
    """Give the changes that make resources."""
    return [{"Action": "Add", "LogicalResourceId": name, "ResourceType": MADE[name]} for name in names]


def changed(name: str, *properties: str, **more: str) -> Mapping[str, Any]:
    """Give the change of a resource that is there."""
    details = [{"Target": {"Attribute": "Properties", "Name": each}} for each in properties]
    known = {"LogicalResourceId": name, "ResourceType": MADE[name], "Details": details}
    return {"Action": "Modify", **known, **more}


class CloudFormation:
    """One stack's life; `becomes` are the statuses that each change of it goes through.

    `deleted` those of its deletion; `asked` are the calls that change something, in their order.
    """

    def __init__(self, status: str = "") -> None:
        self.status = status
        self.outputs: dict[str, str] = {"FunctionName": "watch"}
        self.becomes = [*["CREATE_IN_PROGRESS"] * 4, "CREATE_COMPLETE"]
        self.deleted = [""]
        self._ahead: list[str] = []
        self.coming: list[Mapping[str, Any]] = added(*MADE)
        self.events: list[Mapping[str, str]] = []
        self.there: dict[str, str] = dict(MADE) if status else {}
        self.physical = {name: f"watch-{name}" for name in MADE}
        self.change_sets: dict[str, str] = {}
        self.asked: list[str] = []

    def propose(self) -> None:
        """Make a change set, and for it a stack where there is none."""
        self.change_sets[ARN] = "AVAILABLE"
        self.status = self.status or "REVIEW_IN_PROGRESS"

    def begin(self, statuses: Sequence[str]) -> None:
        """Go through these statuses, one each time that the stack is looked at."""
        self.status, *self._ahead = statuses

    def answer(self, call: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Answer a call; None for one that is about something else than the stack or who hears of it."""
        service, _, name = call.partition(":")
        if service == "cloudformation":
            found: Mapping[str, Any] = getattr(self, xform_name(name))(body)
            return found
        return {"Subscriptions": LISTENING} if name == "ListSubscriptionsByTopic" else None

    def describe_stacks(self, _: object) -> Mapping[str, Any]:
        """Describe the stack; each time it is looked at it is one status further."""
        if not self.status:
            raise refusal("ValidationError")
        shown = {"StackName": "watch", "StackStatus": self.status, "Outputs": spelled(self.outputs)}
        if self._ahead:
            self.status = self._ahead.pop(0)
        return {"Stacks": [shown]}

    def list_change_sets(self, _: object) -> Mapping[str, Any]:
        """List what is proposed."""
        listed = [{"ChangeSetId": each, "ExecutionStatus": how} for each, how in self.change_sets.items()]
        return {"Summaries": listed}

    def delete_change_set(self, body: Mapping[str, str]) -> Mapping[str, Any]:
        """Take a proposal back."""
        self.asked.append("delete change set")
        del self.change_sets[body["ChangeSetName"]]
        return {}

    def execute_change_set(self, body: Mapping[str, str]) -> Mapping[str, Any]:
        """Begin with it."""
        self.asked.append("execute")
        self.change_sets[body["ChangeSetName"]] = "EXECUTE_IN_PROGRESS"
        self.begin(self.becomes)
        self.there = dict(MADE)
        return {}

    def delete_stack(self, _: object) -> Mapping[str, Any]:
        """Begin to delete the stack."""
        self.asked.append("delete stack")
        self.begin(self.deleted)
        return {}

    def describe_stack_resources(self, _: object) -> Mapping[str, Any]:
        """List what the stack has."""
        resources = [
            {
                "LogicalResourceId": name,
                "ResourceType": kind,
                "PhysicalResourceId": self.physical.get(name, name),
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name, kind in self.there.items()
        ]
        return {"StackResources": resources}

    def describe_stack_events(self, _: object) -> Mapping[str, Any]:
        """List what became of the stack, newest first."""
        return {"StackEvents": self.events}

    def describe_change_set(self, body: Mapping[str, str]) -> Mapping[str, Any]:
        """Give a page for each change."""
        page = int(body.get("NextToken", 0))
        more = {"NextToken": str(page + 1)} if page + 1 < len(self.coming) else {}
        return {"Changes": [{"ResourceChange": self.coming[page]}], **more}


class SamCli:
    """The SAM CLI: what it was asked to build and to deploy, and with which parameters.

    It proposes a change where CloudFormation is to have one, and prints `refusal` and fails if there is one;
    `interrupted` is called in the midst of it.
    """

    def __init__(self, cloudformation: CloudFormation) -> None:
        self._cloudformation = cloudformation
        self.lines: list[str] = []
        self.given: dict[str, str] = {}
        self.laid_out: set[str] = set()
        self.folder = Path()
        self.refusal = ""
        self.interrupted: Callable[[str], None] = lambda _: None

    def run(self, command: Sequence[str], folder: Path | None = None) -> CompletedProcess[str]:
        """Run a command as the program would."""
        if folder is None:
            return done(0)
        self.folder = folder
        self.lines.append(" ".join(command).replace(str(folder), "…"))
        self.interrupted(command[1])
        if self.refusal:
            return done(1, self.refusal)
        return done(0, "Build Succeeded") if command[1] == "build" else self._deploy(command, folder)

    def _deploy(self, command: Sequence[str], folder: Path) -> CompletedProcess[str]:
        self.laid_out = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
        file = Path(command[-1].removeprefix("file://"))
        if command[-1].startswith("file://"):
            assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
            self.given = yaml.safe_load(file.read_text("utf-8"))
        if not self._cloudformation.coming:
            return done(0, "No changes to deploy. Stack watch is up to date")
        self._cloudformation.propose()
        self.interrupted("proposed")
        return done(0, f"\nChangeset created successfully. {ARN}\n")


@contextmanager
def deploying(cloudformation: CloudFormation) -> Iterator[SamCli]:
    """Put the two where the command line would find the real ones, for as long as the context lasts."""
    cli, environ = SamCli(cloudformation), dict(os.environ)
    with (
        answering(cloudformation.answer),
        patch.object(sam, "run", cli.run),
        patch("shutil.which", lambda name: name),
        patch("poe_budget.deployment.site.time.sleep", lambda _: None),
        patch.dict(os.environ, environ),
    ):
        yield cli

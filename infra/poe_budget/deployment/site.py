"""One name among an AWS account's stacks: what stands there, what would change, and what becomes of it."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, takewhile
from typing import Any

from budget_alert.messages.wording import clean, counted
from poe_budget.stack import Stack, aws

REVIEWED = "REVIEW_IN_PROGRESS"
"""A stack that has nothing but a change set."""
GONE = ""
FAILED_FIRST = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
"""A stack of which AWS takes nothing but its deletion."""
STUCK = "UPDATE_ROLLBACK_FAILED"
WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
KEPT = ("Ledger", "Secret")
"""What the template keeps when it is replaced, or the stack is deleted."""
_NESTED = "AWS::CloudFormation::Stack"
_MOST_SECONDS = 5.0
_PROPOSED = ("AVAILABLE", "UNAVAILABLE")
_MOST_REASONS = 3


class Site:
    """A place for a stack of that name, and the parameter of its config. Every method raises OpsError."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name = stack.name
        self.parameter = f"/{stack.name}/budgets"
        self.region = str(stack.session.region_name)
        self._client = stack.client("cloudformation")

    def parameters(self) -> Mapping[str, str]:
        """Give the parameters that the stack was deployed with; of a hidden one, stars."""
        found = self.stack.described().get("Parameters", [])
        return {each["ParameterKey"]: each.get("ParameterValue", "") for each in found}

    def status(self) -> str:
        """Give the status of the stack, GONE where there is none."""
        return str(self.stack.described().get("StackStatus", GONE))

    def settled(self) -> str:
        """Wait while something becomes of the stack, and give the status that it ends in."""
        for number in count(1):
            status = self.status()
            if not status.endswith("_IN_PROGRESS") or status == REVIEWED:
                return status
            # What was replaced is cleared away, which nobody needs to wait for.
            if status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
                return "UPDATE_COMPLETE"
            time.sleep(min(number, _MOST_SECONDS))
        raise AssertionError

    @contextmanager
    def proposing(self) -> Iterator[None]:
        """Take away every change set that was made meanwhile and is not executed, however this ends."""
        before = {each["ChangeSetId"] for each in self._proposed()}
        try:
            yield
        finally:
            for each in self._proposed():
                if each["ChangeSetId"] not in before and each.get("ExecutionStatus") in _PROPOSED:
                    with aws("delete the change set"):
                        self._client.delete_change_set(ChangeSetName=each["ChangeSetId"], StackName=self.name)
            if self.status() == REVIEWED and not self._proposed():
                self.delete()

    def changes(self, change_set: str) -> Sequence[Mapping[str, Any]]:
        """Give what a change set would change, each as CloudFormation's `ResourceChange`."""
        with aws("describe the change set"):
            pages = self._client.get_paginator("describe_change_set").paginate(
                ChangeSetName=change_set, StackName=self.name
            )
            return [each["ResourceChange"] for page in pages for each in page.get("Changes", [])]

    def execute(self, change_set: str) -> None:
        """Let AWS begin with a change set."""
        with aws("deploy the stack"):
            self._client.execute_change_set(ChangeSetName=change_set, StackName=self.name)

    def delete(self) -> None:
        """Let AWS begin to delete the stack."""
        with aws("delete the stack"):
            self._client.delete_stack(StackName=self.name)

    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Give the resources of the stack by their names, those included that are deleted by now."""
        with aws("list the stack's resources"):
            found = self._client.describe_stack_resources(StackName=self.name)["StackResources"]
        return {each["LogicalResourceId"]: each for each in found}

    def reasons(self) -> str:
        """Say why the last change of the stack has failed, as AWS has it."""
        with aws("list the stack's events"):
            events = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        return "; ".join(list(_reasons(events, self.name))[-_MOST_REASONS:]) or "AWS gives no reason"

    def _proposed(self) -> Sequence[Mapping[str, Any]]:
        if self.status() == GONE:
            return ()
        with aws("list the change sets"):
            found: Sequence[Mapping[str, Any]] = self._client.list_change_sets(StackName=self.name)[
                "Summaries"
            ]
        return found


def in_words(changes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say what a change set would do, a sentence each."""
    made = [called(each) for each in changes if each["Action"] == "Add"]
    if made:
        yield f"It makes {counted(len(made), 'resource')}: {', '.join(made)}."
    for each in changes:
        if each["Action"] != "Add":
            yield _of_one(each)


def called(resource: Mapping[str, Any]) -> str:
    """Name a resource of CloudFormation and its type, such as: Ledger (DynamoDB table)."""
    _, service, kind = resource["ResourceType"].split("::")[:3]
    words = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return f"{resource['LogicalResourceId']} ({service} {words})"


def _of_one(change: Mapping[str, Any]) -> str:
    name, is_kept = called(change), change["LogicalResourceId"] in KEPT
    stays = "; the old one stays in your AWS account, with what it holds" if is_kept else ""
    if change["Action"] == "Remove":
        return f"It takes {name} out of the stack{stays}."
    if change["ResourceType"] == _NESTED:
        return f"It may change {name}, the alarms and the dashboard: AWS looks into it when it deploys."
    if change.get("Replacement") in ("True", "Conditional"):
        return f"It may put a new {name} in the place of the old one{stays}."
    targets = [detail.get("Target", {}) for detail in change.get("Details", [])]
    properties = dict.fromkeys(each.get("Name") or each.get("Attribute", "") for each in targets)
    return f"It changes {name}: {', '.join(filter(None, properties)) or 'what belongs to it'}."


def _reasons(events: Iterable[Mapping[str, Any]], name: str) -> Iterator[str]:
    """Give why resources have failed since the last change began, newest first; events come so."""

    def goes_on(event: Mapping[str, Any]) -> bool:
        begins = event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
        return not (begins and event["LogicalResourceId"] == name)

    for event in takewhile(goes_on, events):
        reason = str(event.get("ResourceStatusReason", ""))
        if event["ResourceStatus"].endswith("_FAILED") and reason and "cancelled" not in reason:
            yield f"{event['LogicalResourceId']}: {clean(reason)}"

"""One name among an AWS account's stacks: what stands there, what would change, and what becomes of it."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, takewhile
from typing import Any

import msgspec

from budget_alert.messages.wording import clean
from poe_budget.errors import OpsError
from poe_budget.stack import Stack, aws, code_of

REVIEWED = "REVIEW_IN_PROGRESS"
"""A stack that has nothing but a change set."""
GONE = ""
FAILED_FIRST = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
"""A stack of which AWS takes nothing but its deletion."""
STUCK = "UPDATE_ROLLBACK_FAILED"
WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_MOST_SECONDS = 5.0
_PROPOSED = ("AVAILABLE", "UNAVAILABLE")
_MOST_REASONS = 3


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a resource: "Add", "Modify" or "Remove"; of what is modified, which properties."""

    action: str
    resource: str
    type: str
    replaced: bool = False
    properties: tuple[str, ...] = ()


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource by its logical and its physical name; `gone` says that it is deleted."""

    name: str
    type: str
    physical: str
    gone: bool


class Site:
    """A place for a stack of that name. Every method raises OpsError."""

    def __init__(self, stack: Stack) -> None:
        self.name = stack.name
        self.region = str(stack.session.region_name)
        self._client = stack.client("cloudformation")

    def described(self) -> Mapping[str, Any]:
        """Describe the stack as CloudFormation does; empty where there is none."""
        try:
            with aws("describe the stack"):
                (found,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except OpsError as error:
            if code_of(error.__cause__) == "ValidationError":
                return {}
            raise
        return {} if found["StackStatus"] == "DELETE_COMPLETE" else found

    def parameters(self) -> Mapping[str, str]:
        """Give the parameters that the stack was deployed with; of a hidden one, stars."""
        found = self.described().get("Parameters", [])
        return {each["ParameterKey"]: each.get("ParameterValue", "") for each in found}

    def status(self) -> str:
        """Give the status of the stack, GONE where there is none."""
        return str(self.described().get("StackStatus", GONE))

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

    def changes(self, change_set: str) -> tuple[Change, ...]:
        """Give what a change set would change."""
        with aws("describe the change set"):
            pages = self._client.get_paginator("describe_change_set").paginate(
                ChangeSetName=change_set, StackName=self.name
            )
            found = [each["ResourceChange"] for page in pages for each in page.get("Changes", [])]
        return tuple(map(_change, found))

    def execute(self, change_set: str) -> None:
        """Let AWS begin with a change set."""
        with aws("deploy the stack"):
            self._client.execute_change_set(ChangeSetName=change_set, StackName=self.name)

    def delete(self) -> None:
        """Let AWS begin to delete the stack."""
        with aws("delete the stack"):
            self._client.delete_stack(StackName=self.name)

    def resources(self) -> tuple[Resource, ...]:
        """Give the resources of the stack, those included that are deleted by now."""
        with aws("list the stack's resources"):
            found = self._client.describe_stack_resources(StackName=self.name)["StackResources"]
        return tuple(
            Resource(
                name=each["LogicalResourceId"],
                type=each["ResourceType"],
                physical=each.get("PhysicalResourceId", ""),
                gone=each["ResourceStatus"] == "DELETE_COMPLETE",
            )
            for each in found
        )

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


def _change(found: Mapping[str, Any]) -> Change:
    targets = [detail.get("Target", {}) for detail in found.get("Details", [])]
    names = [each.get("Name") or each.get("Attribute", "") for each in targets]
    return Change(
        action=found["Action"],
        resource=found["LogicalResourceId"],
        type=found["ResourceType"],
        replaced=found.get("Replacement") in ("True", "Conditional"),
        properties=tuple(dict.fromkeys(filter(None, names))),
    )


def _reasons(events: Iterable[Mapping[str, Any]], name: str) -> Iterator[str]:
    """Give why resources have failed since the last change began, newest first; events come so."""

    def goes_on(event: Mapping[str, Any]) -> bool:
        begins = event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
        return not (begins and event["LogicalResourceId"] == name)

    for event in takewhile(goes_on, events):
        reason = str(event.get("ResourceStatusReason", ""))
        if event["ResourceStatus"].endswith("_FAILED") and reason and "cancelled" not in reason:
            yield f"{event['LogicalResourceId']}: {clean(reason)}"

"""What a change set says, in sentences."""

import re
from collections.abc import Iterator, Sequence

from budget_alert.messages.wording import counted
from poe_budget.deployment.site import Change

KEPT = ("Ledger", "Secret")
"""What the template keeps when it is replaced, or the stack is deleted."""
_NESTED = "AWS::CloudFormation::Stack"


def in_words(changes: Sequence[Change]) -> Iterator[str]:
    """Say what a change set would do, a sentence each."""
    made = [called(each.resource, each.type) for each in changes if each.action == "Add"]
    if made:
        yield f"It makes {counted(len(made), 'resource')}: {', '.join(made)}."
    for each in changes:
        if each.action != "Add":
            yield _of_one(each)


def called(resource: str, kind: str) -> str:
    """Name a resource and its type, such as: Ledger (DynamoDB table)."""
    _, service, name = kind.split("::")[:3]
    return f"{resource} ({service} {re.sub('(?<=[a-z])(?=[A-Z])', ' ', name).lower()})"


def _of_one(change: Change) -> str:
    name = called(change.resource, change.type)
    stays = "; the old one stays in your AWS account, with what it holds" if change.resource in KEPT else ""
    if change.action == "Remove":
        return f"It takes {name} out of the stack{stays}."
    if change.type == _NESTED:
        return f"It may change {name}, the alarms and the dashboard: AWS looks into it when it deploys."
    if change.replaced:
        return f"It may put a new {name} in the place of the old one{stays}."
    return f"It changes {name}: {', '.join(change.properties) or 'what belongs to it'}."

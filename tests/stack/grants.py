"""What the function's role allows, said with the names by which the function knows its resources."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.stack.deployed import STACK, Deployed
from tests.support.recorder import Call

# What Lambda calls in the function's name, and not the code: its runtime, and who takes from the queue.
_OF_LAMBDA = {"Log", "TakeDueTicks"}


def granted(stack: Deployed, function: str = "Function") -> set[Call]:
    """Return each action allowed to a function with the environment variable that names its resource."""
    variables = stack.properties(function)["Environment"]["Variables"]
    return {
        (action, _variable(statement["Resource"], variables))
        for statement in statements(stack, f"{function}Role")
        if statement["Sid"] not in _OF_LAMBDA
        for action in actions(statement)
    }


def in_words_of(environ: Mapping[str, str], calls: Iterable[Call]) -> set[Call]:
    """Return the calls with the environment variable that holds the resource in place of the resource."""
    names = {value: name for name, value in environ.items()}
    return {(action, names.get(resource, resource)) for action, resource in calls}


def statements(stack: Deployed, role: str = "FunctionRole") -> list[Any]:
    """Return the statements of a role."""
    policies = stack.properties(role)["Policies"]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]


def actions(statement: Any) -> list[str]:
    """Return the actions of a statement, also where it has only one."""
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def _variable(resource: str, variables: Mapping[str, str]) -> str:
    if resource == f"arn:aws:ssm:eu-west-1:123456789012:parameter/{STACK}/budgets":
        resource = f"/{STACK}/budgets"
    (name,) = (name for name, value in variables.items() if resource in {value, f"{value}.Arn"})
    return name

"""Tests of who may publish on the topic, and of who is let to table and secret."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest

from tests.stack.deployed import Deployed, translated

TLS = {"aws:SecureTransport": "true"}
ALARMS = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm"


_CONDITIONS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnLike": fnmatchcase,
    "ArnNotEquals": operator.ne,
    "Bool": operator.eq,
    "StringEquals": operator.eq,
}


class Publisher(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who publishes: the service it is, what the request says of it, what its own role allows."""

    service: str = ""
    context: Mapping[str, str]
    role_allows: bool = False


def may_publish(policy: Any, publisher: Publisher) -> bool:
    """Tell whether the topic's policy, with the publisher's own role, lets its message through."""
    effects = {one["Effect"] for one in policy["Statement"] if _applies(one, publisher)}
    return "Deny" not in effects and ("Allow" in effects or publisher.role_allows)


def _applies(statement: Any, publisher: Publisher) -> bool:
    principal = statement["Principal"]
    tests = [
        _holds(condition, publisher.context.get(key), wanted)
        for condition, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    ]
    return principal in ("*", {"Service": publisher.service}) and all(tests)


def _holds(condition: str, value: str | None, wanted: str) -> bool:
    """Decide one condition; where the request lacks the key, only a negated one holds."""
    return "Not" in condition if value is None else _CONDITIONS[condition](value, wanted)


def caller(arn: str, **context: str) -> Publisher:
    """Return a role or user whose own policies allow it to publish to every topic."""
    signed = {**TLS, "aws:PrincipalArn": arn, "aws:PrincipalIsAWSService": "false"}
    return Publisher(context={**signed, **context}, role_allows=True)


def service(name: str, source: str, account: str = "123456789012", **context: str) -> Publisher:
    """Return a service of AWS that publishes because of something in an account."""
    signed = {
        **TLS,
        "aws:PrincipalIsAWSService": "true",
        "aws:SourceArn": source,
        "aws:SourceAccount": account,
    }
    return Publisher(service=name, context={**signed, **context})


FUNCTION = caller("FunctionRole.Arn")
ALARM = service("cloudwatch.amazonaws.com", f"{ALARMS}:watch/ticks-fail")
OTHERS = {
    "an administrator": caller("arn:aws:iam::123456789012:role/admin"),
    "the account's root": caller("arn:aws:iam::123456789012:root"),
    "an alarm by hand": service("cloudwatch.amazonaws.com", f"{ALARMS}:by-hand"),
    "an alarm of a stack with a longer name": service(
        "cloudwatch.amazonaws.com", f"{ALARMS}:watch-2/ticks-fail"
    ),
    "an alarm of another account": service(
        "cloudwatch.amazonaws.com", f"{ALARMS}:watch/ticks-fail".replace("1234", "9999"), "999956789012"
    ),
    "another service": service("events.amazonaws.com", f"{ALARMS}:watch/ticks-fail"),
    "nobody known": Publisher(context=TLS),
    "the function without TLS": caller("FunctionRole.Arn", **{"aws:SecureTransport": "false"}),
}


@pytest.fixture(scope="module")
def policy() -> Any:
    """Give the topic's policy."""
    return Deployed().properties("TopicPolicy")["PolicyDocument"]


def test_the_function_and_the_alarms_may_publish(policy: Any) -> None:
    """The function's role and an alarm of this stack get their messages through."""
    assert may_publish(policy, FUNCTION)
    assert may_publish(policy, ALARM)


@pytest.mark.parametrize("other", OTHERS)
def test_nobody_else_may_publish(policy: Any, other: str) -> None:
    """Nobody else gets a message through, whatever their own role allows."""
    assert not may_publish(policy, OTHERS[other])


def test_the_account_can_still_administer_the_topic(policy: Any) -> None:
    """The policy is about publishing on this topic alone, so it locks nobody out of anything else."""
    said = {(one["Action"], one["Resource"]) for one in policy["Statement"]}
    assert said == {("sns:Publish", "Topic")}


def test_the_alarms_of_the_stack_are_those_that_may_publish(policy: Any) -> None:
    """Each alarm that the nested stack makes is one that the policy means."""
    nested = Deployed().observability()
    names = [nested.properties(name).get("AlarmName") for name in nested.resources()]
    alarms = [service("cloudwatch.amazonaws.com", f"{ALARMS}:{name}") for name in names if name]
    assert [may_publish(policy, one) for one in alarms] == [True] * 5


@pytest.mark.parametrize("thing", ["Ledger", "Secret"])
def test_only_the_functions_roles_are_let_to_table_and_secret(thing: str) -> None:
    """No role or policy of the stack names the table or the secret, but those of the two functions."""
    kinds = ("AWS::IAM::", "AWS::SecretsManager::ResourcePolicy")
    granting = {
        name
        for name, one in translated()["Resources"].items()
        if one["Type"].startswith(kinds) and thing in set(referred(one["Properties"]))
    }
    assert granting == {"ActionsRole", "FunctionRole"}
    assert "ResourcePolicy" not in translated()["Resources"][thing]["Properties"]


def test_the_nested_stack_grants_nothing() -> None:
    """The nested stack holds alarms and a dashboard, and knows neither table nor secret."""
    stack = Deployed()
    kinds = {one["Type"] for one in stack.observability().resources().values()}
    assert kinds == {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"}
    named = set(referred(translated()["Resources"]["Observability"]))
    assert not named & {"Ledger", "Secret", "FunctionRole"}


def referred(node: Any) -> Iterator[str]:
    """Yield the logical names that a part of the template refers to."""
    if isinstance(node, list):
        for one in node:
            yield from referred(one)
    elif isinstance(node, dict):
        for key, one in node.items():
            if key == "Ref":
                yield one
            elif key == "Fn::GetAtt":
                yield one[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", str(one))
            else:
                yield from referred(one)

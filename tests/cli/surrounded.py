"""A monitor with what is around its function on AWS: the stack, its schedule, its alarms, and who may ask."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from botocore.exceptions import ClientError

from poe_budget import stack as stacks
from poe_budget.doctor.checks import ALARMS
from poe_budget.versions import OWN
from tests.cli.monitor import NAME, Monitor

SCHEDULE = "watch-FunctionTick-1"
_TARGET = {
    "Arn": "arn:aws:lambda:eu-west-1:123456789012:function:watch",
    "RoleArn": f"arn:aws:iam::123456789012:role/{NAME}",
}


class Surroundings:
    """AWS as a caller meets it: `denied` is what it refuses, with `code`, and `answers` what it says by hand.

    Both go by names of calls, such as "sns:ListSubscriptionsByTopic"; what is in neither, moto answers.
    """

    def __init__(self) -> None:
        self.denied: set[str] = set()
        self.code = "AccessDeniedException"
        self.outputs = {"FunctionName": NAME, "Version": OWN}
        function = {"Environment": {"Variables": dict(os.environ)}, "Timeout": 240}
        resource = {"PhysicalResourceId": SCHEDULE}
        self.answers: dict[str, Mapping[str, Any]] = {
            "cloudformation:DescribeStackResources": {"StackResources": [resource]},
            "lambda:GetFunctionConfiguration": function,
        }
        self.calls: list[str] = []

    def wakes(self, state: str = "ENABLED") -> None:
        """Let the schedule be in a state."""
        client = boto3.client("scheduler")
        client.update_schedule(
            Name=SCHEDULE,
            ScheduleExpression="rate(5 minutes)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=_TARGET,
            State=state,
        )

    def answer(self, call: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Answer a call, None for one that moto answers."""
        self.calls.append(call)
        if call in self.denied:
            raise refusal(self.code)
        if call == "cloudformation:DescribeStacks":
            if body["StackName"] != NAME:
                raise refusal("ValidationError")
            return {"Stacks": [{"StackName": NAME, "Outputs": spelled(self.outputs)}]}
        return self.answers.get(call)


@contextmanager
def surrounded(monitor: Monitor) -> Iterator[Surroundings]:
    """Put all that there is on AWS around a monitor for as long as the context lasts."""
    around = Surroundings()
    boto3.client("scheduler").create_schedule(
        Name=SCHEDULE,
        ScheduleExpression="rate(5 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=_TARGET,
    )
    for alarm in ALARMS:
        boto3.client("cloudwatch").put_metric_alarm(
            AlarmName=f"{NAME}/{alarm}",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Namespace="PoeBudgetAlert",
            MetricName="LagMinutes",
            Period=300,
            Statistic="Maximum",
            Threshold=0,
        )
    with (
        answering(around.answer),
        patch("poe_budget.doctor.of_stack.now", lambda: monitor.world.now),
    ):
        yield around


@contextmanager
def answering(answer: Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]) -> Iterator[None]:
    """Let the calls of a command be answered by hand first; the function has sessions of its own.

    Calls go by their names, such as "sns:ListSubscriptionsByTopic", with their body.
    """

    def answered(model: Any, params: Any, **_: Any) -> Any:
        found = answer(f"{model.service_model.service_name}:{model.name}", params["body"])
        return None if found is None else (SimpleNamespace(status_code=200), found)

    def session() -> boto3.Session:
        made = begun()
        made.events.register("before-call", answered)
        return made

    begun = stacks.begun
    with patch("poe_budget.stack.begun", session):
        yield


def refusal(code: str) -> ClientError:
    """Give what a call fails with that AWS answers so."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")


def spelled(outputs: Mapping[str, str]) -> list[dict[str, str]]:
    """Give outputs of a stack as CloudFormation does."""
    return [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]

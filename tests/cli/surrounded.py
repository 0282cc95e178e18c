"""A monitor with what is around its function on AWS: the stack, its schedule, its alarms, and who may ask."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3

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

    def session(self) -> boto3.Session:
        """Begin a session of the command whose calls are answered here first; the function has its own."""
        session = _BEGUN()
        session.events.register("before-call", self._answered)
        return session

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

    def _answered(self, model: Any, params: Any, **_: Any) -> Any:
        call = f"{model.service_model.service_name}:{model.name}"
        self.calls.append(call)
        if call in self.denied:
            return _refused(403, self.code)
        if call == "cloudformation:DescribeStacks":
            return self._stack(params["body"]["StackName"])
        return (SimpleNamespace(status_code=200), self.answers[call]) if call in self.answers else None

    def _stack(self, name: str) -> Any:
        if name != NAME:
            return _refused(400, "ValidationError")
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return SimpleNamespace(status_code=200), {"Stacks": [{"StackName": name, "Outputs": outputs}]}


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
        patch("poe_budget.stack.begun", around.session),
        patch("poe_budget.doctor.of_stack.now", lambda: monitor.world.now),
    ):
        yield around


def _refused(status: int, code: str) -> Any:
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}
    return SimpleNamespace(status_code=status), answer


_BEGUN = stacks.begun

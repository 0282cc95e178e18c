"""Tests of the recipe that stops a job: what it does with alerts, and that its role allows no more."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from recipes.stop_a_job.stop import handler
from tests.stack.deployed import Resolved, translated
from tests.support.tools import ROOT

TEMPLATE = ROOT / "infra" / "recipes" / "stop_a_job" / "template.yaml"
RULE = "nightly-batch"


def alert(**changed: object) -> dict[str, object]:
    """Give an alert as the topic's JSON has it."""
    return {
        "rule": "Everything",
        "kind": "budget",
        "severity": "critical",
        "points": 1_020,
        "limit": 1_000,
        **changed,
    }


def sent(*alerts: dict[str, object]) -> dict[str, Any]:
    """Give the event with which SNS hands a message over."""
    message = json.dumps({"version": 1, "account": "default", "alerts": alerts})
    return {"Records": [{"Sns": {"Message": message}}]}


class Job:
    """A job that an EventBridge rule starts, and whoever is asked about it."""

    def __init__(self) -> None:
        self.events, self.sqs, sns = boto3.client("events"), boto3.client("sqs"), boto3.client("sns")
        self.events.put_rule(Name=RULE, ScheduleExpression="rate(1 day)")
        self.topic = sns.create_topic(Name="approvers")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="approvers")["QueueUrl"]
        arn = "arn:aws:sqs:eu-west-1:123456789012:approvers"
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    @property
    def runs(self) -> bool:
        """Whether the rule still starts the job."""
        return bool(self.events.describe_rule(Name=RULE)["State"] == "ENABLED")

    def mails(self) -> list[str]:
        """Take what was sent to the approvers."""
        messages = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["Message"] for message in messages]


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """Run a job."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_LAMBDA_FUNCTION_NAME": "stop",
        "APPROVAL": "manual",
        "BUDGET": "",
        "RULE": RULE,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        running = Job()
        monkeypatch.setenv("APPROVERS", running.topic)
        yield running


def test_it_asks_first_and_stops_once_somebody_agrees(job: Job) -> None:
    """By default the job goes on until the mail's command is run; then it is stopped, and that is said."""
    assert handler(sent(alert()), None) == {"stopped": False, "asked": True}
    (mail,) = job.mails()
    assert "“Everything” has reached its limit: 1020 of 1000 points" in mail
    assert "aws lambda invoke --function-name stop" in mail
    assert job.runs
    assert handler({"approve": True}, None) == {"stopped": True}
    assert not job.runs
    assert f"aws events enable-rule --name {RULE}" in job.mails()[0]


def test_without_approval_it_stops_at_once(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no approval wanted the limit itself stops the job."""
    monkeypatch.setenv("APPROVAL", "none")
    assert handler(sent(alert()), None) == {"stopped": True}
    assert not job.runs


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"approve": "true"},
        {"Records": []},
        sent(),
        sent(alert(severity="warning")),
        sent(alert(kind="forecast")),
        sent(alert(rule="Another")),
        {"Records": [{"Sns": {"Message": '"an alarm"'}}]},
    ],
)
def test_nothing_else_stops_it(event: dict[str, Any], job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings, other budgets, alarms and odd events change nothing, and ask nobody."""
    monkeypatch.setenv("APPROVAL", "none")
    monkeypatch.setenv("BUDGET", "Everything")
    assert handler(event, None) == {"stopped": False}
    assert job.runs
    assert job.mails() == []


def test_its_role_may_stop_one_job_and_ask() -> None:
    """It may disable the rule that is named, publish to its own topic, and nothing else."""
    given = {
        "AlertTopicArn": "arn:aws:sns:eu-west-1:123456789012:t",
        "RuleName": RULE,
        "ApproverEmail": "a@b.co",
    }
    stack = Resolved(translated(TEMPLATE), given)
    (policy,) = stack.properties("StopRole")["Policies"]
    allowed = {one["Sid"]: (one["Action"], one["Resource"]) for one in policy["PolicyDocument"]["Statement"]}
    assert allowed == {
        "Log": (["logs:CreateLogStream", "logs:PutLogEvents"], "Log.Arn"),
        "Stop": ("events:DisableRule", f"arn:aws:events:eu-west-1:123456789012:rule/{RULE}"),
        "Ask": ("sns:Publish", "Approvers"),
    }
    assert stack.properties("StopAlerts")["FilterPolicy"] == {"severity": ["critical"], "kind": ["budget"]}

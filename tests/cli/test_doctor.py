"""The doctor, of a deployed stack and of a machine: of what is well, and of all that can be wrong."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from poe_budget.cli.doctor import Diagnosis
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import NO_SERVICE
from tests.cli.monitor import AWS, NAME, Monitor
from tests.cli.running import KEY, Transcript, hourly, one_line, run, served
from tests.cli.surrounded import Surroundings, surrounded

READING = re.compile("Describe|Get|List|Query|Scan|BatchGet")
_BY_SECRET = {"Secret", "Poe API key", "Webhook", "Menus"}
_BY_FUNCTION = {*_BY_SECRET, "Subscriptions", "Config", "Schedule", "Last tick", "Monitor"}
NEEDS = {
    "cloudformation:DescribeStacks": {*_BY_FUNCTION, "Versions"},
    "cloudformation:DescribeStackResources": {"Schedule"},
    "lambda:GetFunctionConfiguration": _BY_FUNCTION,
    "secretsmanager:GetSecretValue": _BY_SECRET,
    "sns:ListSubscriptionsByTopic": {"Subscriptions"},
    "ssm:GetParameter": {"Config"},
    "scheduler:GetSchedule": {"Schedule"},
    "dynamodb:GetItem": {"Last tick", "Monitor"},
    "cloudwatch:DescribeAlarms": {"Alarms"},
}


@pytest.fixture
def around(monitor: Monitor) -> Iterator[Surroundings]:
    """Give what is on AWS around a stack that has just been deployed."""
    with surrounded(monitor) as made:
        yield made


def test_doctor_of_a_stack(monitor: Monitor, around: Surroundings) -> None:
    """Before the first tick, when all is well, and with much wrong at once; nothing is posted or written."""
    monitor.shows("doctor")
    monitor.tick(1)
    kept, answers = monitor.world.items(), len(monitor.world.slack.answers)
    assert monitor.shows("doctor").status == 0
    assert monitor.report(Diagnosis, "doctor").well
    assert monitor.world.items() == kept
    assert monitor.world.slack.answers[answers:] == [NO_SERVICE] * 2, "only the front page was asked for"
    assert {READING.match(call.partition(":")[2]) is not None for call in around.calls} == {True}
    monitor.world.configure("nonsense")
    monitor.tick(1)
    monitor.world.poe.keys.clear()
    monitor.world.later(hours=2)
    around.wakes("DISABLED")
    around.outputs["Version"] = "0.1.9"
    pending = {"Protocol": "email", "SubscriptionArn": "PendingConfirmation"}
    around.answers["sns:ListSubscriptionsByTopic"] = {"Subscriptions": [pending]}
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=f"{NAME}/no-successful-tick", StateValue="ALARM", StateReason="-")
    assert monitor.shows("doctor").status == 1


@pytest.mark.usefixtures("around")
def test_doctor_of_a_stack_that_reaches_nobody(monitor: Monitor) -> None:
    """No usable key, Slack's name misspelt, nobody on the topic, alerts waiting, an alarm gone."""
    monitor.tick(1)
    monitor.world.forget_listeners()
    monitor.world.keep_secret(monitor.world.secret_text().replace("slack_webhook_url", "slack_webhook"))
    monitor.world.spend(500, monitor.world.later(minutes=5))
    monitor.run("tick")
    monitor.world.keep_secret('{"poe_api_key": "hidden words", "slack_webhook": "https://a.example/hidden"}')
    boto3.client("cloudwatch").delete_alarms(AlarmNames=[f"{NAME}/ticks-fail"])
    for arguments in ([], ["--json"]):
        assert "hidden" not in monitor.shows("doctor", *arguments).out


def test_a_stack_that_is_not_there(around: Surroundings) -> None:
    """It is wrong use, in one line."""
    ended = run("doctor", "--stack", "nobody", **AWS)
    assert ended.status == 2
    assert one_line(ended).startswith("poe-budget: there is no stack 'nobody' in the region eu-west-1; see ")
    assert around.calls[-1] == "cloudformation:DescribeStacks"


def test_nobody_is_signed_in(monitor: Monitor, around: Surroundings) -> None:
    """The line about AWS says how to sign in, and all others that they need it."""
    around.answers["sts:GetCallerIdentity"] = {}
    around.denied.add("sts:GetCallerIdentity")
    around.code = "ExpiredToken"
    ended = monitor.run("doctor")
    first, *others = ended.out.splitlines()
    assert "it takes these credentials no longer" in first
    assert (ended.status, ended.err) == (1, "")
    assert {line.split()[0] for line in others} == {"unseen"}


def test_a_right_that_is_missing_is_named(monitor: Monitor, around: Surroundings) -> None:
    """What needs it could not be looked at, and all else is."""
    monitor.tick(1)
    for right, needs in NEEDS.items():
        around.denied = {right}
        ended = monitor.run("doctor")
        lines = [line.split(maxsplit=1) for line in ended.out.splitlines()]
        unseen = {words.partition(":")[0]: right in words for found, words in lines if found == "unseen"}
        assert (ended.status, ended.err, len(lines)) == (1, "", 13)
        assert unseen == dict.fromkeys(needs, True)


@pytest.mark.usefixtures("around")
def test_several_accounts(monitor: Monitor) -> None:
    """Every key is tried, and the one that Poe refuses is named."""
    keys = {"left": KEY, "right": "a-key-that-poe-does-not-know"}
    secret = {"accounts": keys, "slack_webhook_url": monitor.world.slack_url}
    monitor.world.keep_secret(json.dumps(secret))
    monitor.run("tick")
    shown = monitor.run("doctor").out
    assert 'well     Secret: it holds the keys of 2 accounts, "left", "right"; alerts' in shown
    assert "Poe refused the API key (HTTP 401), for the account “right”. To do: make a new key at " in shown
    assert "finding  Monitor: “right”: Poe refuses the API key, so nothing is counted, since " in shown


NOBODY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of programs that can build the function, as far as one asks; AWS is moto."""
    for name in ("sam", "make", "python3.13"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    with mock_aws():
        yield tmp_path


def test_doctor_of_a_machine(tools: Path, transcript: Transcript) -> None:
    """All well, a key that Poe refuses, a Poe out of reach, and a machine on which nothing is set up."""
    with served(hourly(1)) as environ:
        assert transcript.shows("doctor", **environ, **AWS, PATH=str(tools)).status == 0
    with served(SimulatedPoe(keys=())) as environ:
        transcript.shows("doctor", **environ, **AWS, PATH=str(tools))
    (tools / "make").unlink()
    transcript.shows("doctor", **NOBODY, PATH=str(tools))
    transcript.shows("doctor", **NOBODY, POE_API_KEY=KEY, POE_API_URL="http://127.0.0.1:1", PATH="")
    assert (
        transcript.shows("doctor", **NOBODY, POE_API_KEY="two words", PATH="", HTTPS_PROXY="://").status == 1
    )

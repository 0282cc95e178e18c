"""One tick on demand: in a world of its own, and against functions of a server that really invokes them."""

import json
from typing import Any

import pytest

from poe_budget.cli.tick import words_of
from poe_budget.errors import OpsError
from poe_budget.function import Alerts, Invoked, Tick, invoked
from tests.cli.monitor import Monitor
from tests.cli.running import KEY, LocalStack, Transcript, one_line, run
from tests.support.aws import LocalAws

MAY_BE_LAMBDA = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [MAY_BE_LAMBDA]}},
}
ENVIRONMENT = {
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:alerts",
    "BUDGETS_PARAMETER": "/budgets",
}
GOOD = {
    "account": "default",
    "complete": True,
    "pages": 1,
    "entries": 12,
    "points": 314,
    "alerts": {"sent": 1, "pending": 0},
}
RAISING = 'class OddError(Exception): pass\ndef handler(event, context):\n    raise OddError("it\\nbroke")\n'
aws = pytest.mark.xdist_group("cli-aws")


def deploy(aws: LocalAws, name: str, code: str, variables: dict[str, str]) -> LocalStack:
    """Deploy a stack whose function runs this code."""
    properties = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": code},
        "Timeout": 10,
        "Environment": {"Variables": variables},
    }
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    return LocalStack(aws, name, {"Role": ROLE, "Function": function}, FunctionName="Function")


def returning(answer: Any) -> str:
    """Give code that answers so."""
    return f"def handler(event, context):\n    return {answer!r}\n"


@aws
def test_what_a_tick_did(local_aws: LocalAws) -> None:
    """It is said in words, and as the function's own answer for programs."""
    stack = deploy(local_aws, "tick-good", returning(GOOD), ENVIRONMENT)
    assert stack.run("tick").out.splitlines() == [
        "The tick read 12 entries in 1 page and added 314 points.",
        "Everything is read.",
        "1 alert sent, and none waits.",
    ]
    assert json.loads(stack.run("tick", "--json").out) == GOOD


@aws
@pytest.mark.parametrize(
    ("name", "code", "variables", "words"),
    [
        ("raising", RAISING, ENVIRONMENT, "Error: it broke"),
        ("foreign", returning({"hello": 1}), ENVIRONMENT, "the function answered what this program cannot"),
        ("emptied", returning(GOOD), {}, "deploy the template again: SECRET_ID is not set"),
    ],
)
def test_a_tick_that_fails(
    local_aws: LocalAws, name: str, code: str, variables: dict[str, str], words: str
) -> None:
    """The function's error, an answer of something else and an emptied environment are one line each."""
    ended = deploy(local_aws, f"tick-{name}", code, variables).run("tick")
    assert ended.status == 1
    assert words in one_line(ended)


@aws
def test_a_stack_that_is_not_there(local_aws: LocalAws) -> None:
    """Each command that looks after a stack says that there is none of that name."""
    for command in ("tick", "status", "logs", "rollback --yes", "test-alert", "export"):
        ended = run(*command.split(), "--stack", "nowhere", **local_aws.environment)
        assert ended.status == 2
        assert "there is no stack 'nowhere' in the region us-east-1; see `aws cloudf" in one_line(ended)


def test_a_tick_of_the_real_function(monitor: Monitor) -> None:
    """What the function counts on demand is in its ledger, and its own errors are shown."""
    monitor.world.spend(40)
    assert "added 40 points." in monitor.run("tick").out
    assert monitor.world.slot_points() == 40
    monitor.world.poe.keys = set()
    ended = monitor.run("tick", POE_API_KEY=KEY)
    assert ended.status == 1
    assert "the tick failed with KeyRefusedError: Poe refused the API key" in one_line(ended)


def ticked(sent: int = 0, pending: int = 0, *, complete: bool = True, queued: int | None = None) -> Tick:
    """Give a tick of one entry of one point."""
    alerts = Alerts(sent=sent, pending=pending)
    return Tick(account="", complete=complete, pages=1, entries=1, points=1, alerts=alerts, queued=queued)


def test_ticks_in_words(transcript: Transcript) -> None:
    """One and many, whole and not, sent and waiting, and queued are each said."""
    kinds = (ticked(), ticked(2, 1), ticked(0, 2, complete=False), ticked(queued=501))
    transcript.text = "\n\n".join("\n".join(words_of(tick)) for tick in kinds)


def test_an_error_that_lambda_itself_reports() -> None:
    """A tick that was stopped has no type of error, and is said in Lambda's words."""
    done = invoked({"FunctionError": "Unhandled"}, b'{"errorMessage": "Task timed out after 240.00 seconds"}')
    assert done == Invoked(error="an error: Task timed out after 240.00 seconds")
    with pytest.raises(OpsError):
        invoked({"FunctionError": "Unhandled"}, b"<html>")

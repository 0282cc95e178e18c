"""One tick on demand: in a world of its own, and against functions of a server that really invokes them."""

import json
from typing import Any

import pytest

from poe_budget.cli.tick import words_of
from poe_budget.errors import OpsError
from poe_budget.function import Alerts, Invoked, Tick, invoked
from tests.cli.running import KEY, Ended, one_line, run
from tests.cli.watched import Watched
from tests.support.aws import LocalAws

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    },
}
ENVIRONMENT = {
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:alerts",
    "BUDGETS_PARAMETER": "/budgets",
}
ALERTS = Alerts(sent=0, pending=0)
QUIET = Tick(account="default", complete=True, pages=1, entries=1, points=1, alerts=ALERTS)


def template(code: str, variables: dict[str, str]) -> str:
    """Give a stack whose function runs this code."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": code},
            "Timeout": 10,
            "Environment": {"Variables": variables},
        },
    }
    outputs = {"FunctionName": {"Value": {"Ref": "Function"}}}
    return json.dumps({"Resources": {"Role": ROLE, "Function": function}, "Outputs": outputs})


@pytest.fixture
def stack(local_aws: LocalAws, request: pytest.FixtureRequest) -> str:
    """Give the name of a stack, whose function's code and environment the test names."""
    code, variables = request.param
    name = f"tick-{abs(hash(request.node.name))}"
    client = local_aws.client("cloudformation")
    client.create_stack(
        StackName=name, TemplateBody=template(code, variables), Capabilities=["CAPABILITY_IAM"]
    )
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    return name


def tick(aws: LocalAws, stack: str, *arguments: str) -> Ended:
    """Tick a stack of the server."""
    return run("tick", "--stack", stack, *arguments, **aws.environment)


def returning(answer: Any) -> tuple[str, dict[str, str]]:
    """Give code that answers so."""
    return f"def handler(event, context):\n    return {answer!r}\n", ENVIRONMENT


GOOD = {
    "account": "default",
    "complete": True,
    "pages": 1,
    "entries": 12,
    "points": 314,
    "alerts": {"sent": 1, "pending": 0},
}
RAISING = 'class OddError(Exception): pass\ndef handler(event, context):\n    raise OddError("it\\nbroke")\n'


@pytest.mark.xdist_group("cli-aws")
@pytest.mark.parametrize("stack", [returning(GOOD)], indirect=True)
def test_what_a_tick_did(local_aws: LocalAws, stack: str) -> None:
    """It is said in words, and as the function's own answer for programs."""
    assert tick(local_aws, stack).out.splitlines() == [
        "The tick read 12 entries in 1 page and added 314 points.",
        "Everything is read.",
        "1 alert sent, and none waits.",
    ]
    assert json.loads(tick(local_aws, stack, "--json").out) == GOOD


@pytest.mark.xdist_group("cli-aws")
@pytest.mark.parametrize("stack", [(RAISING, ENVIRONMENT)], indirect=True)
def test_a_tick_that_fails(local_aws: LocalAws, stack: str) -> None:
    """The function's error is one line, and the status is 1."""
    ended = tick(local_aws, stack)
    assert ended.status == 1
    assert one_line(ended).endswith("Error: it broke")


@pytest.mark.xdist_group("cli-aws")
@pytest.mark.parametrize("stack", [returning({"hello": 1})], indirect=True)
def test_a_function_of_something_else(local_aws: LocalAws, stack: str) -> None:
    """What answers in another form is no function of this project."""
    assert "the function answered what this program cannot read" in one_line(tick(local_aws, stack))


@pytest.mark.xdist_group("cli-aws")
@pytest.mark.parametrize("stack", [(returning(GOOD)[0], {})], indirect=True)
def test_a_function_without_its_environment(local_aws: LocalAws, stack: str) -> None:
    """A function whose environment was emptied is said to be that."""
    words = "The function's environment is wrong, deploy the template again: SECRET_ID is not set"
    assert words in one_line(tick(local_aws, stack))


@pytest.mark.xdist_group("cli-aws")
def test_a_stack_that_is_not_there(local_aws: LocalAws) -> None:
    """Each command that looks after a stack says that there is none of that name."""
    for command in ("tick", "status", "logs", "rollback --yes", "test-alert"):
        ended = run(*command.split(), "--stack", "nowhere", **local_aws.environment)
        assert ended.status == 2
        assert "there is no stack 'nowhere' in the region us-east-1" in one_line(ended)


@pytest.mark.xdist_group("cli-aws")
def test_somebody_without_rights(local_aws: LocalAws) -> None:
    """Who may not look the stack up gets one line with what to do."""
    client = local_aws.client("iam")
    client.create_user(UserName="powerless")
    key = client.create_access_key(UserName="powerless")["AccessKey"]
    environ = {
        **local_aws.environment,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    ended = run("tick", "--stack", "nowhere", **environ)
    assert ended.status == 1
    assert "AWS did not describe the stack (AccessDenied" in one_line(ended)


def test_a_command_without_a_stack() -> None:
    """The name of the stack is asked for in one line."""
    ended = run("tick")
    assert ended.status == 2
    assert "Missing option '--stack'" in one_line(ended)


def test_a_tick_of_the_real_function(watch: Watched) -> None:
    """What the function counts on demand is in its ledger, and its own errors are shown."""
    watch.world.spend(40)
    assert "added 40 points." in watch.run("tick").out
    assert watch.world.slot_points() == 40
    watch.world.poe.keys = set()
    ended = watch.run("tick", POE_API_KEY=KEY)
    assert ended.status == 1
    assert "the tick failed with KeyRefusedError: Poe refused the API key" in one_line(ended)


@pytest.mark.parametrize(
    ("tick", "words"),
    [
        (QUIET, "read 1 entry in 1 page and added 1 point."),
        (QUIET, "No alert was sent, and none waits."),
        (
            Tick(account="", complete=False, pages=9, entries=0, points=-5, alerts=Alerts(sent=2, pending=1)),
            "2 alerts sent, and 1 waits for a channel: the next ticks try again.",
        ),
        (
            Tick(account="", complete=False, pages=9, entries=0, points=0, alerts=Alerts(sent=0, pending=2)),
            "and 2 wait for a channel",
        ),
        (
            Tick(account="", complete=False, pages=9, entries=0, points=0, alerts=ALERTS),
            "Not everything is read yet: the next ticks go on.",
        ),
    ],
)
def test_a_tick_in_words(tick: Tick, words: str) -> None:
    """One and many, whole and not, sent and waiting are each said."""
    assert words in "\n".join(words_of(tick))


def test_an_error_that_lambda_itself_reports() -> None:
    """A tick that was stopped has no type of error, and is told by Lambda's words."""
    done = invoked({"FunctionError": "Unhandled"}, b'{"errorMessage": "Task timed out after 240.00 seconds"}')
    assert done == Invoked(error="an error: Task timed out after 240.00 seconds")
    with pytest.raises(OpsError):
        invoked({"FunctionError": "Unhandled"}, b"<html>")

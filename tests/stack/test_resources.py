"""The house rules of the stack, checked on the template as AWS gets it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stack.deployed import NESTED, TEMPLATE, USUAL, Deployed, source

INTERVALS = source()["Parameters"]["IntervalMinutes"]["AllowedValues"]
CONTRACT = {"SECRET_ID", "TABLE_NAME", "TOPIC_ARN", "BUDGETS_PARAMETER"}
CONTRACT |= {"DEFAULT_BUDGETS", "POE_API_URL", "SETTLE_MINUTES"}
# Read by the libraries and not by the code: the metrics' dimension, and where zones are not looked for.
OF_LIBRARIES = {"POWERTOOLS_SERVICE_NAME", "PYTHONTZPATH"}
REGIONS = ["us-east-1", "us-gov-west-1", "cn-north-1"]
# Beside the contract: where messages lead, and when the next tick comes.
OURS = {"DASHBOARD_URL", "INTERVAL_MINUTES", "RUNBOOK_URL", "SLACK_ACTIONS"}


@pytest.fixture(scope="module")
def stack() -> Deployed:
    """Give the stack under the usual parameters."""
    return Deployed()


def test_the_linter_finds_nothing() -> None:
    """cfn-lint has nothing to say about either template, for a region of each of AWS's larger partitions."""
    linter = Path(sys.executable).with_name("cfn-lint")
    command: list[str | Path] = [linter, "--regions", *REGIONS, "--template", TEMPLATE, NESTED]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_function_is_what_the_contract_names(stack: Deployed) -> None:
    """Handler, runtime and processor are those that people rely on."""
    function = stack.properties("Function")
    assert function["Handler"] == "budget_alert.app.lambda_handler"
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]


def test_the_environment_is_the_contracts(stack: Deployed) -> None:
    """The function gets the variables of the contract, four more, and two that its libraries read."""
    variables = stack.properties("Function")["Environment"]["Variables"]
    assert set(variables) == CONTRACT | OURS | OF_LIBRARIES


def test_time_zones_are_those_of_the_package(stack: Deployed) -> None:
    """Nothing is searched before the pinned tzdata, so zones do not change with the runtime."""
    assert stack.properties("Function")["Environment"]["Variables"]["PYTHONTZPATH"] == ""


def test_nothing_but_the_next_tick_retries(stack: Deployed) -> None:
    """Neither Lambda nor the scheduler runs a failed tick again."""
    assert stack.properties("FunctionEventInvokeConfig")["MaximumRetryAttempts"] == 0
    assert stack.properties("FunctionTick")["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0


@pytest.mark.parametrize("minutes", INTERVALS)
def test_a_tick_ends_before_the_next_begins(minutes: int) -> None:
    """The function's timeout is below the interval, and within Lambda's own limit."""
    timeout = Deployed(**USUAL, IntervalMinutes=minutes).properties("Function")["Timeout"]
    assert 0 < timeout < minutes * 60
    assert timeout <= 900


@pytest.mark.parametrize("minutes", INTERVALS)
def test_the_schedule_is_spelled_as_aws_wants_it(minutes: int) -> None:
    """One minute is singular, all other rates are plural."""
    tick = Deployed(**USUAL, IntervalMinutes=minutes).properties("FunctionTick")
    assert tick["ScheduleExpression"] == ("rate(1 minute)" if minutes == 1 else f"rate({minutes} minutes)")
    assert tick["State"] == "ENABLED"


def test_two_stacks_do_not_collide(stack: Deployed) -> None:
    """Only the log group has a name of its own, and that name holds the stack's."""
    named = {
        name: value
        for name in stack.resources()
        for key, value in stack.properties(name).items()
        if key in {"Name", "RoleName", "FunctionName", "TableName", "TopicName", "QueueName", "LogGroupName"}
    }
    assert named == {"FunctionEventInvokeConfig": "Function", "Log": "/aws/lambda/watch"}


def test_what_the_scheduler_cannot_deliver_is_kept(stack: Deployed) -> None:
    """An undelivered tick lies encrypted in the queue for 14 days, the longest that SQS offers."""
    assert stack.properties("FunctionTick")["Target"]["DeadLetterConfig"] == {"Arn": "UndeliveredTicks.Arn"}
    queue = stack.properties("UndeliveredTicks")
    assert queue == {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 24 * 3600}


def test_the_scheduler_may_do_its_work_and_no_more(stack: Deployed) -> None:
    """The scheduler's role invokes this function and writes to the queue of undelivered ticks."""
    statements = statements_of(stack.properties("ScheduleRole"))
    allowed = {(one["Action"], one["Resource"]) for one in statements}
    assert allowed == {("lambda:InvokeFunction", "Function.Arn"), ("sqs:SendMessage", "UndeliveredTicks.Arn")}


def test_only_the_scheduler_of_this_account_gets_its_role(stack: Deployed) -> None:
    """The schedule runs with the role by hand, which no schedule of another account can be given."""
    assert stack.properties("FunctionTick")["Target"]["RoleArn"] == "ScheduleRole.Arn"
    (statement,) = stack.properties("ScheduleRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


@pytest.mark.parametrize("name", ["Ledger", "Secret"])
def test_what_cannot_be_had_again_outlives_the_stack(stack: Deployed, name: str) -> None:
    """Table and secret are kept when deleted or replaced, unless it is their creation that is rolled back."""
    kept = stack.resources()[name]
    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_ledger_can_be_restored_and_forgets_by_itself(stack: Deployed) -> None:
    """The table can be restored, is encrypted, and drops what has expired."""
    properties = stack.properties("Ledger")
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}


def test_the_ledger_has_the_contracts_keys(stack: Deployed) -> None:
    """The partition key is `pk` and the sort key `sk`, both text."""
    properties = stack.properties("Ledger")
    keys = {one["AttributeName"]: one["KeyType"] for one in properties["KeySchema"]}
    assert keys == {"pk": "HASH", "sk": "RANGE"}
    assert {one["AttributeType"] for one in properties["AttributeDefinitions"]} == {"S"}


def test_the_topic_takes_a_customer_key() -> None:
    """With a customer key the topic is encrypted with it, without one it names none."""
    key = "arn:aws:kms:eu-west-1:123456789012:key/12ab"
    assert Deployed(**USUAL, TopicKeyArn=key).properties("Topic")["KmsMasterKeyId"] == key
    assert "KmsMasterKeyId" not in Deployed(**USUAL).properties("Topic")


def test_logs_are_json_and_end(stack: Deployed) -> None:
    """The function writes JSON into a log group of the stack, which keeps it for as long as was asked."""
    assert stack.properties("Function")["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "Log"}
    assert Deployed(**USUAL, LogRetentionDays=14).properties("Log")["RetentionInDays"] == 14


def test_no_deployment_can_touch_the_live_config(stack: Deployed) -> None:
    """No resource of the stack owns the parameter with the user's config."""
    kinds = {one["Type"] for one in source()["Resources"].values()}
    assert not {kind for kind in kinds if kind.startswith("AWS::SSM::")}
    variables = stack.properties("Function")["Environment"]["Variables"]
    assert variables["BUDGETS_PARAMETER"] == stack.outputs()["BudgetsParameter"] == "/watch/budgets"


def statements_of(role: Any) -> list[Any]:
    """Return the statements of all the policies of a role."""
    return [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]

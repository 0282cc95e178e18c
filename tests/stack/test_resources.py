"""The house rules of the stack, checked on the template as AWS gets it."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.stack.deployed import NESTED, TEMPLATE, USUAL, Deployed, source
from tests.stack.grants import statements

INTERVALS = source()["Parameters"]["IntervalMinutes"]["AllowedValues"]
CONTRACT = {"SECRET_ID", "TABLE_NAME", "TOPIC_ARN", "BUDGETS_PARAMETER"}
CONTRACT |= {"DEFAULT_BUDGETS", "POE_API_URL", "SETTLE_MINUTES"}
# Read by the libraries and not by the code: the metrics' dimension, and where zones are not looked for.
OF_LIBRARIES = {"POWERTOOLS_SERVICE_NAME", "PYTHONTZPATH"}
FANNED = {"FanOut": "true"}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/12ab"
ENCRYPTED_FOR_TWO_WEEKS = {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 24 * 3600}
"""The longest that SQS offers."""
PROPERTIES: list[tuple[str, Mapping[str, object], str, object]] = [
    ("people rely on the handler", {}, "Function.Handler", "budget_alert.app.lambda_handler"),
    ("people rely on the runtime", {}, "Function.Runtime", "python3.13"),
    ("people rely on the processor", {}, "Function.Architectures", ["arm64"]),
    ("zones are the pinned tzdata's alone", {}, "Function.Environment.Variables.PYTHONTZPATH", ""),
    ("logs are JSON", {}, "Function.LoggingConfig", {"LogFormat": "JSON", "LogGroup": "Log"}),
    ("logs end when asked to", {"LogRetentionDays": 14}, "Log.RetentionInDays", 14),
    ("Lambda retries no tick", {}, "FunctionEventInvokeConfig.MaximumRetryAttempts", 0),
    ("the scheduler retries no tick", {}, "FunctionTick.Target.RetryPolicy.MaximumRetryAttempts", 0),
    (
        "what cannot be delivered is kept",
        {},
        "FunctionTick.Target.DeadLetterConfig.Arn",
        "UndeliveredTicks.Arn",
    ),
    ("and for two weeks", {}, "UndeliveredTicks", ENCRYPTED_FOR_TWO_WEEKS),
    ("the schedule runs with its own role", {}, "FunctionTick.Target.RoleArn", "ScheduleRole.Arn"),
    ("the ledger has no fixed capacity", {}, "Ledger.BillingMode", "PAY_PER_REQUEST"),
    (
        "its items expire",
        {},
        "Ledger.TimeToLiveSpecification",
        {"AttributeName": "expires_at", "Enabled": True},
    ),
    ("it can be restored", {}, "Ledger.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", True),
    ("it is encrypted", {}, "Ledger.SSESpecification.SSEEnabled", True),
    ("the topic names no key", {}, "Topic.KmsMasterKeyId", None),
    ("the topic takes a customer key", {"TopicKeyArn": KEY}, "Topic.KmsMasterKeyId", KEY),
    ("mail is subscribed when asked for", {}, "EmailSubscription.Endpoint", USUAL["AlertEmail"]),
    ("a batch has ten accounts at most", FANNED, "TakeDueTicks.BatchSize", 10),
    (
        "a failed one comes back alone",
        FANNED,
        "TakeDueTicks.FunctionResponseTypes",
        ["ReportBatchItemFailures"],
    ),
    ("the function takes from its queue", FANNED, "TakeDueTicks.EventSourceArn", "DueTicks.Arn"),
    ("and no other function does", FANNED, "TakeDueTicks.FunctionName", "Function"),
    (
        "so many batches run at once as asked for",
        {**FANNED, "MaximumConcurrency": 25},
        "TakeDueTicks.ScalingConfig",
        {"MaximumConcurrency": 25},
    ),
    ("what waits is encrypted", FANNED, "DueTicks.SqsManagedSseEnabled", True),
    ("what failed is kept for two weeks", FANNED, "FailedTicks", ENCRYPTED_FOR_TWO_WEEKS),
]
REGIONS = ["us-east-1", "us-gov-west-1", "cn-north-1"]
# Beside the contract: where messages lead, and when the next tick comes.
OURS = {"DASHBOARD_URL", "INTERVAL_MINUTES", "RUNBOOK_URL", "SLACK_ACTIONS"}


@pytest.fixture(scope="module")
def stack() -> Deployed:
    """Give the stack under the usual parameters."""
    return Deployed()


@pytest.mark.parametrize(
    ("parameters", "path", "expected"),
    [each[1:] for each in PROPERTIES],
    ids=[each[0] for each in PROPERTIES],
)
def test_a_property_is_as_promised(parameters: Mapping[str, object], path: str, expected: object) -> None:
    """Property by property, under the parameters that matter to it."""
    assert Deployed(**USUAL, **parameters).at(path) == expected


def test_the_linter_finds_nothing() -> None:
    """cfn-lint has nothing to say about either template, for a region of each of AWS's larger partitions."""
    linter = Path(sys.executable).with_name("cfn-lint")
    command: list[str | Path] = [linter, "--regions", *REGIONS, "--template", TEMPLATE, NESTED]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_environment_is_the_contracts(stack: Deployed) -> None:
    """The function gets the variables of the contract, four more, and two that its libraries read."""
    assert set(stack.environment()) == CONTRACT | OURS | OF_LIBRARIES


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


def test_the_scheduler_may_do_its_work_and_no_more(stack: Deployed) -> None:
    """The scheduler's role invokes this function and writes to the queue of undelivered ticks."""
    found = statements(stack, "ScheduleRole")
    allowed = {(one["Action"], one["Resource"]) for one in found}
    assert allowed == {("lambda:InvokeFunction", "Function.Arn"), ("sqs:SendMessage", "UndeliveredTicks.Arn")}


def test_only_the_scheduler_of_this_account_gets_its_role(stack: Deployed) -> None:
    """No schedule of another account can be given it."""
    (statement,) = stack.properties("ScheduleRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


@pytest.mark.parametrize("name", ["Ledger", "Secret"])
def test_what_cannot_be_had_again_outlives_the_stack(stack: Deployed, name: str) -> None:
    """Table and secret are kept when deleted or replaced, unless it is their creation that is rolled back."""
    kept = stack.resources()[name]
    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_ledger_has_the_contracts_keys(stack: Deployed) -> None:
    """The partition key is `pk` and the sort key `sk`, both text."""
    properties = stack.properties("Ledger")
    keys = {one["AttributeName"]: one["KeyType"] for one in properties["KeySchema"]}
    assert keys == {"pk": "HASH", "sk": "RANGE"}
    assert {one["AttributeType"] for one in properties["AttributeDefinitions"]} == {"S"}


def test_no_deployment_can_touch_the_live_config(stack: Deployed) -> None:
    """No resource of the stack owns the parameter with the user's config."""
    kinds = {one["Type"] for one in source()["Resources"].values()}
    assert not {kind for kind in kinds if kind.startswith("AWS::SSM::")}
    assert stack.environment()["BUDGETS_PARAMETER"] == stack.outputs()["BudgetsParameter"] == "/watch/budgets"

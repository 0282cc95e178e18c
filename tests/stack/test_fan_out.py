"""Tests of the queue in which accounts wait for their ticks, and of a stack without it."""

import pytest

from budget_alert.settings import settings_from
from tests.stack.deployed import USUAL, Deployed, source

INTERVALS = source()["Parameters"]["IntervalMinutes"]["AllowedValues"]
OWN = {"DueTicks", "DueTicksPolicy", "FailedTicks", "FailedTicksPolicy", "TakeDueTicks"}
DAY_SECONDS = 24 * 3600
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
MOST_HIDDEN_SECONDS = 12 * 3600


def fanned(**parameters: object) -> Deployed:
    """Return the stack where accounts wait in a queue."""
    return Deployed(**USUAL, FanOut="true", **parameters)


@pytest.fixture(scope="module")
def stack() -> Deployed:
    """Give such a stack under the usual parameters."""
    return fanned()


def test_there_is_no_queue_unless_it_is_asked_for(stack: Deployed) -> None:
    """Both modes have the same resources and outputs, but for the queues and who takes from them."""
    alone = Deployed(**USUAL)
    assert set(stack.resources()) - set(alone.resources()) == OWN
    assert set(alone.resources()) < set(stack.resources())
    assert set(stack.outputs()) - set(alone.outputs()) == {"DueTicksUrl", "FailedTicksUrl"}


def test_the_function_knows_the_queue(stack: Deployed) -> None:
    """What the stack gives the function as its queue is the one that it takes from."""
    assert settings_from(stack.environment()).queue_url == stack.outputs()["DueTicksUrl"] == "DueTicks"


@pytest.mark.parametrize("minutes", INTERVALS)
def test_what_was_taken_stays_hidden_for_six_ticks(minutes: int) -> None:
    """As AWS advises, a batch is hidden for six times the function's timeout, and while it fills."""
    stack = fanned(IntervalMinutes=minutes)
    window, hidden = (
        stack.at("TakeDueTicks.MaximumBatchingWindowInSeconds"),
        stack.at("DueTicks.VisibilityTimeout"),
    )
    assert hidden == 6 * stack.at("Function.Timeout") + window
    assert hidden <= MOST_HIDDEN_SECONDS


@pytest.mark.parametrize("minutes", INTERVALS)
def test_an_account_is_put_aside_before_it_is_forgotten(minutes: int) -> None:
    """A tick that fails five times reaches the queue of failed ones while the first queue still keeps it."""
    queue = fanned(IntervalMinutes=minutes).properties("DueTicks")
    redrive = queue["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": "FailedTicks.Arn", "maxReceiveCount": 5}
    assert queue["MessageRetentionPeriod"] == DAY_SECONDS > 5 * queue["VisibilityTimeout"]


@pytest.mark.parametrize("queue", ["DueTicks", "FailedTicks", "UndeliveredTicks"])
def test_accounts_travel_over_tls_only(stack: Deployed, queue: str) -> None:
    """Each queue refuses what comes over plain http, and lets in nobody of another account."""
    policy = stack.properties(f"{queue}Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [queue]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert (statement["Action"], statement["Resource"]) == ("sqs:*", f"{queue}.Arn")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_how_many_batches_run_at_once_is_a_parameter() -> None:
    """The bounds of the parameter are those that Lambda sets for a queue."""
    parameter = source()["Parameters"]["MaximumConcurrency"]
    assert (parameter["MinValue"], parameter["MaxValue"], parameter["Default"]) == (2, 1000, 10)


def test_the_schedule_and_its_retries_stay_as_they_are(stack: Deployed) -> None:
    """The schedule starts the same function, and nothing retries what it started."""
    alone = Deployed(**USUAL)
    for name in ("FunctionTick", "ScheduleRole", "FunctionEventInvokeConfig"):
        assert stack.properties(name) == alone.properties(name)

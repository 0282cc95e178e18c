"""Tests of the function's role: it allows exactly the calls that the function makes."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import boto3
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from budget_alert import wiring
from budget_alert.errors import SecretError
from budget_alert.identity import TOGETHER
from budget_alert.rounds import run, served
from tests.stack.deployed import USUAL, Deployed
from tests.stack.grants import actions, granted, in_words_of, statements
from tests.support.recorder import Call, CallRecorder
from tests.support.team import due
from tests.support.world import MONTH, START, deployment

ACCOUNTS = ("one", "two")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/12ab"


@contextmanager
def recorded(run: str) -> Iterator[set[Call]]:
    """Give the calls of the function, in its own words for their resources, complete after the block."""
    recorder, session = CallRecorder(), boto3.Session
    calls: set[Call] = set()

    def recorded() -> boto3.Session:
        made = session()
        recorder.attach(made)
        return made

    with pytest.MonkeyPatch.context() as patched:
        # The function keeps its clients for as long as AWS's part of the environment stays the same.
        patched.setenv("AWS_EXECUTION_ENV", run)
        patched.setattr(boto3, "Session", recorded)
        yield calls
        calls |= in_words_of(os.environ, recorder.calls)


def of_one_account() -> set[Call]:
    """Return the calls of ticks that find, count, evaluate and send all that there is."""
    with deployment() as world, recorded("alone") as calls:
        world.spend(300, START - timedelta(days=2))
        world.tick(START)
        world.configure(MONTH)
        world.spend(600)
        world.tick(world.later(minutes=5))
    return calls


def of_several_accounts(*, fans_out: bool) -> set[Call]:
    """Return the calls of two rounds over several accounts, and of one that cannot read the secret."""
    with deployment() as world, pytest.MonkeyPatch.context() as patched:
        if fans_out:
            patched.setenv("QUEUE_URL", world.sqs.create_queue(QueueName="due")["QueueUrl"])
        world.spend(300)
        world.poe.keys.update(ACCOUNTS)
        keys = {name: name for name in ACCOUNTS}
        world.keep_secret(json.dumps({"accounts": keys, "slack_webhook_url": world.slack_url}))
        with recorded(f"several-{fans_out}") as calls:
            for _ in range(2):
                world.later(minutes=5)
                with wiring.tools(lambda: 200, clock=lambda: world.now) as tools:
                    run(tools, None)
                    if fans_out:
                        served(tools, [due(name, world.now) for name in (*ACCOUNTS, TOGETHER)])
            world.keep_secret("{")
            with wiring.tools(lambda: 200) as tools, pytest.raises(SecretError):
                run(tools, None)
    return calls


def in_turn() -> set[Call]:
    """Return the calls of a stack without a queue."""
    return of_one_account() | of_several_accounts(fans_out=False)


def through_the_queue() -> set[Call]:
    """Return the calls of a stack with one, of which the secret may name one account or several."""
    return of_one_account() | of_several_accounts(fans_out=True)


@pytest.mark.parametrize(("fan_out", "calls"), [("false", in_turn), ("true", through_the_queue)])
def test_the_role_allows_what_the_function_calls_and_no_more(
    fan_out: str, calls: Callable[[], set[Call]]
) -> None:
    """Action by action and resource by resource, what is allowed is what was called."""
    assert granted(Deployed(**USUAL, FanOut=fan_out)) == calls()


def test_lambda_may_take_from_the_queue_what_aws_says_it_needs() -> None:
    """The role allows on the queue of due ticks what AWS's own policy for such functions does on all."""
    (taking,) = (one for one in statements(Deployed(**USUAL, FanOut="true")) if one["Sid"] == "TakeDueTicks")
    managed = json.loads(aws_managed_policies_data)["AWSLambdaSQSQueueExecutionRole"]["Document"]
    needed = {action for one in managed["Statement"] for action in actions(one)}
    assert taking["Resource"] == "DueTicks.Arn"
    assert set(actions(taking)) == {action for action in needed if action.startswith("sqs:")}


def test_without_a_queue_the_role_allows_nothing_on_one() -> None:
    """Unless accounts wait in a queue, no statement is about one."""
    assert not [one for one in statements(Deployed()) if "sqs:" in str(one["Action"])]


def test_no_statement_allows_a_wildcard() -> None:
    """Neither an action nor a resource of the role is a pattern."""
    every = statements(Deployed(**USUAL, TopicKeyArn=KEY, FanOut="true"))
    assert not [one for one in every if "*" in str(one["Action"]) or "*" in str(one["Resource"])]


def test_the_runtime_writes_into_its_own_log_group_only() -> None:
    """Lambda's runtime may write into the stack's log group, which the stack itself makes."""
    (log,) = (one for one in statements(Deployed()) if one["Sid"] == "Log")
    assert log["Resource"] == "Log.Arn"
    assert set(actions(log)) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_a_customer_key_may_be_used_to_publish() -> None:
    """With a customer key for the topic the role may use that key, as SNS asks of who publishes."""
    (key,) = (one for one in statements(Deployed(**USUAL, TopicKeyArn=KEY)) if one["Sid"] == "TopicKey")
    assert key["Resource"] == KEY
    assert set(actions(key)) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert not [one for one in statements(Deployed()) if one["Sid"] == "TopicKey"]

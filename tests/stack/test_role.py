"""Tests of the function's role: it allows exactly the calls that the function makes."""

import os
from datetime import timedelta

import boto3
import pytest

from tests.recorder import Call, CallRecorder
from tests.stack.deployed import USUAL, Deployed
from tests.stack.grants import actions, granted, in_words_of, statements
from tests.world import MONTH, START, deployment

KEY = "arn:aws:kms:eu-west-1:123456789012:key/12ab"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> set[Call]:
    """Give the calls of ticks that find, count, judge and tell all that there is."""
    recorder, session = CallRecorder(), boto3.Session

    def recorded() -> boto3.Session:
        made = session()
        recorder.attach(made)
        return made

    with deployment() as world, monkeypatch.context() as patched:
        # The function keeps its clients for as long as AWS's part of the environment stays the same.
        patched.setenv("AWS_EXECUTION_ENV", "recorded")
        patched.setattr(boto3, "Session", recorded)
        world.spend(300, START - timedelta(days=2))
        world.tick(START)
        world.configure(MONTH)
        world.spend(600)
        world.tick(world.later(minutes=5))
        return in_words_of(os.environ, recorder.calls)


def test_the_role_allows_what_the_function_calls_and_no_more(calls: set[Call]) -> None:
    """Action by action and resource by resource, what is allowed is what was called."""
    assert granted(Deployed()) == calls


def test_no_statement_allows_a_wildcard() -> None:
    """Neither an action nor a resource of the role is a pattern."""
    every = statements(Deployed(**USUAL, TopicKeyArn=KEY))
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

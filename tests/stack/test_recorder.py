"""Tests of the recorder that the role's policy is compared with."""

from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support.recorder import Call, CallRecorder

KEY = {"pk": {"S": "default"}, "sk": {"S": "cursor"}}
PUT: Any = {"Put": {"TableName": "ledger", "Item": KEY}}
CHECK: Any = {
    "ConditionCheck": {
        "TableName": "other",
        "Key": KEY,
        "ConditionExpression": "attribute_not_exists(pk)",
    }
}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """Give a session that cannot reach a real account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return boto3.Session(region_name="eu-west-1")


KEYS = {"Keys": [KEY]}
CASES: dict[str, tuple[str, str, dict[str, Any], set[Call]]] = {
    "a transaction is the actions of its items": (
        "dynamodb",
        "transact_write_items",
        {"TransactItems": [PUT, CHECK]},
        {("dynamodb:PutItem", "ledger"), ("dynamodb:ConditionCheckItem", "other")},
    ),
    "a batch counts for every table that it reads": (
        "dynamodb",
        "batch_get_item",
        {"RequestItems": {"a": KEYS, "b": KEYS}},
        {("dynamodb:BatchGetItem", "a"), ("dynamodb:BatchGetItem", "b")},
    ),
    "a batch of messages is the action of one": (
        "sqs",
        "send_message_batch",
        {"QueueUrl": "https://queue", "Entries": [{"Id": "1", "MessageBody": "one"}]},
        {("sqs:SendMessage", "https://queue")},
    ),
    "a call that names no resource is for all": ("sns", "list_topics", {}, {("sns:ListTopics", "*")}),
}


@pytest.mark.parametrize(("service", "method", "asked", "calls"), CASES.values(), ids=CASES)
@mock_aws
def test_a_call_is_recorded_as_iam_is_asked_for_it(
    session: Any, service: str, method: str, asked: dict[str, Any], calls: set[Call]
) -> None:
    """By action and resource, refused ones included."""
    recorder = CallRecorder()
    recorder.attach(session)
    with suppress(ClientError):
        getattr(session.client(service), method)(**asked)
    assert recorder.calls == calls


@mock_aws
def test_one_client_can_be_recorded_alone(session: boto3.Session) -> None:
    """Attached to one client, the recorder sees that client's calls and no other's."""
    recorder = CallRecorder()
    seen, unseen = session.client("ssm"), session.client("ssm")
    recorder.attach(seen.meta)
    for client, name in ((seen, "/seen"), (unseen, "/unseen")):
        with pytest.raises(client.exceptions.ParameterNotFound):
            client.get_parameter(Name=name)
    assert recorder.calls == {("ssm:GetParameter", "/seen")}

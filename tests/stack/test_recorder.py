"""Tests of the recorder that the role's policy is compared with."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.recorder import CallRecorder

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


@mock_aws
def test_a_transaction_is_recorded_as_the_actions_of_its_items(session: boto3.Session) -> None:
    """IAM is asked for each kind of item on its own table, never for the transaction."""
    recorder = CallRecorder()
    recorder.attach(session)
    client = session.client("dynamodb")
    with pytest.raises(client.exceptions.ClientError):
        client.transact_write_items(TransactItems=[PUT, CHECK])
    assert recorder.calls == {("dynamodb:PutItem", "ledger"), ("dynamodb:ConditionCheckItem", "other")}


@mock_aws
def test_each_table_of_a_batch_is_recorded(session: boto3.Session) -> None:
    """A batch counts for every table that it reads."""
    recorder = CallRecorder()
    recorder.attach(session)
    client = session.client("dynamodb")
    with pytest.raises(client.exceptions.ClientError):
        client.batch_get_item(RequestItems={"a": {"Keys": [KEY]}, "b": {"Keys": [KEY]}})
    assert recorder.calls == {("dynamodb:BatchGetItem", "a"), ("dynamodb:BatchGetItem", "b")}


@mock_aws
def test_a_batch_of_messages_is_recorded_as_the_action_of_one(session: boto3.Session) -> None:
    """IAM knows no action for a batch that is sent to a queue."""
    recorder = CallRecorder()
    client = session.client("sqs")
    url = client.create_queue(QueueName="queue")["QueueUrl"]
    recorder.attach(client.meta)
    client.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "one"}])
    assert recorder.calls == {("sqs:SendMessage", url)}


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


@mock_aws
def test_a_call_without_a_resource_is_recorded_for_all(session: boto3.Session) -> None:
    """A call that names no resource would need a grant on every resource."""
    recorder = CallRecorder()
    recorder.attach(session)
    session.client("sns").list_topics()
    assert recorder.calls == {("sns:ListTopics", "*")}

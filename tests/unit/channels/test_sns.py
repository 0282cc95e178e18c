import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

from budget_alert.channels.sns import REMEDIES, SnsChannel
from budget_alert.errors import ChannelError, ChannelRefusedError, ChannelUnsureError
from tests.support.made_messages import alert, composed, standing

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

MESSAGE = composed(alert(standing()))
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
CONFIRMED = f"{TOPIC}:0f1e2d3c"


class RecordingSns:
    """A client that keeps what is published, lists the pages it was given, or fails as it should."""

    def __init__(self, *pages: dict[str, Any], error: Exception | None = None) -> None:
        self.pages = pages
        self.error = error
        self.published: list[dict[str, Any]] = []
        self.listed: list[dict[str, Any]] = []

    def publish(self, **asked: Any) -> dict[str, str]:
        """Keep what is published."""
        self._fail()
        self.published.append(asked)
        return {"MessageId": "1"}

    def get_paginator(self, operation: str) -> "RecordingSns":
        """Give the one paginator that is asked for."""
        assert operation == "list_subscriptions_by_topic"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Give the pages."""
        self._fail()
        self.listed.append(asked)
        yield from self.pages

    def _fail(self) -> None:
        if self.error:
            raise self.error


def channel(client: Any) -> SnsChannel:
    """Return the channel at a topic."""
    return SnsChannel(client, TOPIC)


def refusal(code: str) -> ClientError:
    """Return the error that boto3 raises for a code of SNS."""
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "Publish")


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator["SNSClient"]:
    """Give a client of moto's SNS."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("sns", region_name="eu-west-1")


def test_a_queue_gets_the_contracts_json(sns: "SNSClient") -> None:
    """A message published for real reaches a subscribed queue as JSON, with its attributes."""
    sqs = boto3.client("sqs", region_name="eu-west-1")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    assert not SnsChannel(sns, topic).has_listener()
    policy = json.dumps({"kind": ["budget"], "severity": ["warning"], "account": ["default"]})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": policy})
    assert SnsChannel(sns, topic).has_listener()
    SnsChannel(sns, topic).send(MESSAGE, 30)
    (received,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    envelope = json.loads(received["Body"])
    assert json.loads(envelope["Message"])["alerts"][0]["points"] == 820_000
    assert (
        envelope["Subject"] == "Poe warning: 82 % of your monthly budget “Everything” is used, 3 days early"
    )
    assert envelope["MessageAttributes"]["kind"] == {"Type": "String.Array", "Value": '["budget"]'}


@pytest.mark.parametrize(
    ("pages", "listens"),
    [
        ([], False),
        ([None], False),
        ([["PendingConfirmation", "Deleted", None]], False),
        ([["PendingConfirmation", CONFIRMED]], True),
        ([["Deleted"], [CONFIRMED]], True),
    ],
)
def test_only_a_confirmed_subscription_listens(pages: list[list[str | None] | None], listens: bool) -> None:  # noqa: FBT001 -- a case
    """Who has not confirmed, or has left, hears nothing; every page is looked at."""
    listed = [
        {} if page is None else {"Subscriptions": [{"SubscriptionArn": arn} if arn else {} for arn in page]}
        for page in pages
    ]
    client = RecordingSns(*listed)
    assert channel(client).has_listener() is listens
    assert client.listed == [{"TopicArn": TOPIC}]


AT_SNS: dict[str, Any] = {"endpoint_url": "https://sns"}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        *(
            (refusal(code), ChannelRefusedError, f"SNS refused the message ({code}): {remedy}")
            for code, remedy in REMEDIES.items()
        ),
        *(
            (refusal(code), ChannelError, f"failed over the message ({code}): the next tick tries again")
            for code in ("Throttling", "KMSThrottling", "InternalError", "ServiceUnavailable")
        ),
        (ReadTimeoutError(**AT_SNS), ChannelUnsureError, "may have arrived"),
        (ConnectionClosedError(**AT_SNS), ChannelUnsureError, "may have arrived"),
        (EndpointConnectionError(**AT_SNS), ChannelError, "could not be reached (EndpointConnectionError)"),
        (ClientError({}, "Publish"), ChannelError, "unknown"),
    ],
)
def test_what_sns_answers_says_what_to_do(error: Exception, kind: type[ChannelError], words: str) -> None:
    """What no retry cures is refused with a remedy, what passes is no refusal; the original is kept."""
    with pytest.raises(ChannelError) as raised:
        channel(RecordingSns(error=error)).send(MESSAGE, 30)
    assert type(raised.value) is kind
    assert words in str(raised.value)
    assert raised.value.__cause__ is error


def test_a_subject_that_sns_refuses_is_sent_in_ascii() -> None:
    """Where SNS takes no other script in a subject, the message is published with a plain one."""

    class OldSns(RecordingSns):
        def publish(self, **asked: Any) -> dict[str, str]:
            if not asked["Subject"].isascii():
                raise refusal("InvalidParameter")
            return super().publish(**asked)

    client = OldSns()
    channel(client).send(MESSAGE, 30)
    (asked,) = client.published
    assert asked["Subject"].endswith('82 % of your monthly budget "Everything" is used, 3 days early')


def test_an_sns_out_of_reach_is_tried_again_later() -> None:
    """A connection that fails is no refusal, neither when publishing nor when looking for listeners."""
    client = RecordingSns(error=EndpointConnectionError(endpoint_url="https://sns"))
    for act in (lambda: channel(client).send(MESSAGE, 30), channel(client).has_listener):
        with pytest.raises(
            ChannelError, match=r"could not be reached [(]EndpointConnectionError[)]"
        ) as raised:
            act()
        assert not isinstance(raised.value, ChannelRefusedError)


def test_a_topic_that_is_gone_is_refused(sns: "SNSClient") -> None:
    """Neither publishing to a topic that does not exist nor asking who listens to it can be retried."""
    with pytest.raises(ChannelRefusedError, match=r"the message .*the topic does not exist any more"):
        SnsChannel(sns, TOPIC).send(MESSAGE, 30)
    gone = RecordingSns(error=refusal("NotFound"))
    with pytest.raises(ChannelRefusedError, match="the list of subscriptions"):
        channel(gone).has_listener()


def test_without_time_nothing_is_published() -> None:
    """A message is not begun that could not be finished."""
    client = RecordingSns()
    with pytest.raises(ChannelError, match="no time left"):
        channel(client).send(MESSAGE, 0.9)
    assert client.published == []

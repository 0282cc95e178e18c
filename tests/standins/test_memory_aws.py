from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from moto import mock_aws

from budget_alert.channels.slack import SlackChannel
from budget_alert.channels.sns import SnsChannel
from budget_alert.deadline import Deadline
from budget_alert.errors import ChannelError, KeyRefusedError, PoeUnavailableError
from budget_alert.fanout import fan_out
from budget_alert.http import Http
from budget_alert.messages.compose import compose
from budget_alert.parameters import read_config, read_secret
from budget_alert.poe.client import Poe
from budget_alert.secret import Secret
from standins.history import month
from standins.memory_aws import LARGEST_SECRET, POE_URL, WEBHOOK, Edge, MemoryAws, MemoryHttp
from standins.poe_faults import status
from standins.simulated_poe import SimulatedPoe
from standins.slack_receiver import SlackReceiver, rate_limited
from tests.support.made_messages import alert as budget_alert
from tests.support.world import START

SECRET = '{"accounts": {"research": "a-key", "production": "another-key"}}'
CONFIG = '[[budget]]\nname = "Everything"'
MINUTES = timedelta(minutes=5)
ACCOUNTS = [f"account-{number}" for number in range(23)]


Services = tuple[Any, str, str]
"""What makes clients of AWS, real or not; a topic, and a queue."""


@pytest.fixture(params=["moto", "memory"])
def services(request: pytest.FixtureRequest) -> Iterator[Services]:
    """Give moto's services, then the stand-ins."""
    if request.param == "memory":
        yield MemoryAws(SECRET, CONFIG).client, "arn:aws:sns:eu-west-1:123456789012:alerts", "due"
        return
    with mock_aws():
        session = boto3.Session(region_name="eu-west-1", aws_access_key_id="t", aws_secret_access_key="t")
        session.client("secretsmanager").create_secret(Name="secret", SecretString=SECRET)
        session.client("ssm").put_parameter(Name="/config", Value=CONFIG, Type="String")
        topic = session.client("sns").create_topic(Name="alerts")["TopicArn"]
        queue = session.client("sqs").create_queue(QueueName="due")["QueueUrl"]
        arn = "arn:aws:sqs:eu-west-1:123456789012:due"
        session.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        yield session.client, topic, queue


def test_the_secret_and_the_config_are_read_alike(services: Services) -> None:
    """The function reads both through Powertools, from moto as from the stand-ins."""
    client, _, _ = services
    secrets = SecretsProvider(boto3_client=client("secretsmanager"))
    assert read_secret(secrets, "secret").accounts == ("production", "research")
    assert read_config(SSMProvider(boto3_client=client("ssm")), "/config", "") == CONFIG


def test_the_topic_and_the_queue_are_used_alike(services: Services) -> None:
    """Somebody listens, a message is taken, and all accounts are put into the queue, in both."""
    client, topic, queue = services
    channel = SnsChannel(client("sns"), topic)
    assert channel.has_listener()
    channel.send(compose([budget_alert()], "research"), 10)
    assert fan_out(client("sqs"), queue, MINUTES, ACCOUNTS) == len(ACCOUNTS) + 1


def test_what_aws_refuses_is_refused() -> None:
    """A batch of no message or more than ten, or of one id twice, and a secret of more than 64 KB."""
    queue = MemoryAws(SECRET, CONFIG)
    entry = {"Id": "1", "MessageBody": "{}", "DelaySeconds": 0}
    for entries in ([], [entry, entry], [{**entry, "Id": str(number)} for number in range(11)]):
        with pytest.raises(ValueError, match="one to ten"):
            queue.send_message_batch(QueueUrl="due", Entries=entries)
    MemoryAws("x" * LARGEST_SECRET, CONFIG)
    with pytest.raises(ValueError, match="65,536 bytes"):
        MemoryAws("x" * (LARGEST_SECRET + 1), CONFIG)


def poe_client(http: Any, url: str, key: str) -> Poe:
    """Give the function's own client of Poe."""
    aws: Any = MemoryAws(f'{{"accounts": {{"research": "{key}"}}}}', CONFIG)
    secret = read_secret(SecretsProvider(boto3_client=aws), "secret")

    def read_key(*, fresh: bool = False) -> Secret:
        del fresh
        return secret.key_of("research")

    return Poe(http, url, read_key, Deadline(lambda: 60.0), lambda _: None)


def test_poe_answers_alike_over_loopback_and_without_it() -> None:
    """The same pages, a passing failure that is asked again, and the same errors."""
    poe = SimulatedPoe(month(START, hours=range(200, 240)).rows, clock=lambda: START + timedelta(days=12))
    web: Any = MemoryHttp(Edge(), poe=poe.answer)
    with poe.serve() as url, Http() as real:
        both = [(real, url), (web, POE_URL)]
        for http, base in both:
            poe.faults.queue(status(502))
            client = poe_client(http, base, "test-key")
            first = client.page(None)
            found = [first, client.page(first.last_id)]
            assert [(len(page.entries), page.unreadable) for page in found] == [(100, 0), (100, 0)]
            assert found == [poe_client(real, url, "test-key").page(None), found[1]]
            with pytest.raises(KeyRefusedError):
                poe_client(http, base, "wrong-key").page(None)
            poe.faults.queue(*[status(529)] * 4)
            with pytest.raises(PoeUnavailableError):
                client.page(None)


def test_slack_answers_alike_over_loopback_and_without_it() -> None:
    """A message is taken, and one that comes too soon is refused for now."""
    receiver = SlackReceiver()
    receiver.replies.queue(*[None, rate_limited(30)] * 2)
    web: Any = MemoryHttp(Edge(), slack=receiver.answer)
    with receiver.serve() as url, Http() as real:
        for http, webhook in ((real, url), (web, WEBHOOK)):
            channel = SlackChannel(http, Secret(webhook).reveal())
            channel.send(compose([budget_alert(), budget_alert()], "research"), 10)
            with pytest.raises(ChannelError, match="busy"):
                channel.send(compose([budget_alert()], "all"), 10)
    one, other = receiver.payloads
    assert one == other

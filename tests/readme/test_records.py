import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from budget_alert.alerts import Kind, Severity
from budget_alert.channels.records import document
from budget_alert.channels.sns import SnsChannel
from budget_alert.messages.parts import Message
from budget_alert.rules.decision import Held
from budget_alert.secret import parse_secret
from tests.readme.pages import blocks, code, documented, page, section
from tests.support.made_messages import alert, composed, health, standing
from tests.support.world import START, World, deployment

PROGRAMS = page("integrations")
RECORD, POLICY, BY_CHANNEL = (json.loads(block) for block in blocks("json", PROGRAMS))
SECRET = blocks("json", section("## Rotate the key or the webhook", page("deploy")))[0]
ANSWER = json.loads(blocks("json", section("## Deploy with the SAM CLI alone", page("deploy")))[0])


@contextmanager
def filtered(policy: object) -> Iterator[World]:
    """Give a deployment whose queue filters by a policy what the topic sends."""
    with deployment() as world:
        (queue,) = world.sns.list_subscriptions_by_topic(TopicArn=world.topic)["Subscriptions"]
        world.sns.set_subscription_attributes(
            SubscriptionArn=queue["SubscriptionArn"],
            AttributeName="FilterPolicy",
            AttributeValue=json.dumps(policy),
        )
        yield world


def arrived(policy: object, *messages: Message) -> list[dict[str, Any]]:
    """Publish messages to a topic whose queue filters by a policy, and return what lies in the queue."""
    with filtered(policy) as world:
        for message in messages:
            SnsChannel(world.sns, world.topic).send(message, 10)
        return world.sent_to_sns()


def shape(value: object) -> object:
    """Return the types of a value, by key where it is a table."""
    return {key: shape(one) for key, one in value.items()} if isinstance(value, dict) else type(value)


def test_the_record_is_what_the_function_sends() -> None:
    """The JSON shown for programs is, key by key and value by value, what such an alert becomes."""
    shown = alert(standing(), id=RECORD["alerts"][0]["id"])
    assert json.loads(document("default", [shown], 10_000)) == RECORD


def test_the_page_names_every_kind() -> None:
    """What a filter policy can ask for is what the function sends."""
    (kinds,) = re.findall(r"all kinds in the message: ([^)]+)", PROGRAMS)
    assert set(code(kinds)) == set(Kind)


def test_the_page_explains_every_reason() -> None:
    """What `explain` and the log can name as a reason stands in the table, and nothing else."""
    assert {name for row in documented("Reason") for name in code(row[0])} == set(Held)


@pytest.mark.parametrize(
    ("severity", "passes"), [(Severity.CRITICAL, True), (Severity.WARNING, False), (Severity.INFO, False)]
)
def test_the_filter_policy_does_what_is_said(severity: Severity, *, passes: bool) -> None:
    """It lets through what is critical, about a budget as about the monitor itself, and nothing else."""
    messages = (
        composed(alert(standing(), severity=severity)),
        composed(health(severity, "Something is wrong")),
    )
    kinds = [record["alerts"][0]["kind"] for record in arrived(POLICY, *messages)]
    assert kinds == (["budget", "health"] if passes else [])


def test_a_policy_picks_what_is_for_a_channel() -> None:
    """The second policy lets through what its channel is notified of, beside whatever else, and no more."""
    mine, other = alert(standing(), notify=("research",)), alert(standing())
    assert len(arrived(BY_CHANNEL, composed(mine, other), composed(other))) == 1


def test_the_secret_is_one_that_the_function_reads() -> None:
    """The JSON to put into the secret gives a key, and a webhook that can be used."""
    keyring = parse_secret(SECRET.replace("your key", "your-key").replace("…", "T0/B0/x"))
    assert not keyring.failure("default")
    assert keyring.slack_url is not None


def test_the_answer_is_one_that_the_function_gives() -> None:
    """What a tick is shown to answer has the keys of a real answer, with values of the same types."""
    with deployment() as world:
        world.spend(900, START - timedelta(days=1))
        given = world.tick(START).as_dict()
    assert shape(given) == shape(ANSWER)
    assert given["alerts"] == ANSWER["alerts"]

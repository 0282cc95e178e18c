"""SNS: mail, SMS, queues, functions and chats that subscribed to one topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError

from budget_alert.channels.mail import ascii_only, body, sms, subject
from budget_alert.channels.qdeveloper import notification
from budget_alert.channels.records import document, nested_bytes
from budget_alert.errors import ChannelError, ChannelRefusedError, ChannelUnsureError
from budget_alert.messages.wording import name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from budget_alert.messages.parts import Message

LEAST_SECONDS = 1.0
MOST_BYTES = 200_000
ROOM_FOR_NAMES = 200
MAYBE_TAKEN = (ReadTimeoutError, ConnectionClosedError)
"""What may go wrong once the message is on its way."""
NEXT_TICK = "the next tick tries again"
MESSAGE, SUBSCRIPTIONS = "the message", "the list of subscriptions"
DEPLOY = "deploy the stack again"
POLICY = "allow the function's role sns:Publish and sns:ListSubscriptionsByTopic on the topic, or " + DEPLOY
KEY = "allow the function's role kms:GenerateDataKey* and kms:Decrypt with the key that encrypts the topic"
OTHER_KEY = "enable the key that encrypts the topic, or give the topic another one"
BUG = "check TOPIC_ARN; if it is right, this is a defect of this program: report it with the version you run"
# The errors of Publish and of every action that a retry does not cure:
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, "Errors".
REMEDIES = {
    "AccessDenied": POLICY,
    "AccessDeniedException": POLICY,
    "AuthorizationError": POLICY,
    "InvalidParameter": BUG,
    "InvalidParameterValue": BUG,
    "KMSAccessDenied": KEY,
    "KMSDisabled": OTHER_KEY,
    "KMSInvalidState": OTHER_KEY,
    "KMSNotFound": OTHER_KEY,
    "KMSOptInRequired": OTHER_KEY,
    "NotFound": f"the topic does not exist any more: {DEPLOY}",
    "ParameterValueInvalid": BUG,
    "ValidationError": BUG,
    "ValidationException": BUG,
}


class SnsChannel:
    """Sends a message through one topic.

    The client's own timeouts and retries bound each call.
    """

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def has_listener(self) -> bool:
        """Tell whether the topic has a confirmed subscription; one that waits for its confirmation is none.

        Raises ChannelError when SNS cannot say so now, ChannelRefusedError when it refuses for good.
        """
        pages = self._client.get_paginator("list_subscriptions_by_topic")
        try:
            # SNS puts a word, "PendingConfirmation" or "Deleted", in place of the ARN.
            return any(
                subscription.get("SubscriptionArn", "").startswith("arn:")
                for page in pages.paginate(TopicArn=self._topic_arn)
                for subscription in page.get("Subscriptions", ())
            )
        except (ClientError, BotoCoreError) as error:
            raise _said_of(error, SUBSCRIPTIONS) from error

    def send(self, message: Message, seconds_left: float) -> None:
        """Publish a message, if there is a second left.

        Raises ChannelError when SNS did not take it now, ChannelRefusedError when it refuses for good.
        """
        if seconds_left < LEAST_SECONDS:
            raise ChannelError(f"There was no time left to send to SNS: {NEXT_TICK}")
        words = subject(message)
        try:
            self._publish(message, words)
        except ChannelRefusedError:
            # SNS has not always taken more than ASCII in a subject.
            if words.isascii():
                raise
            self._publish(message, ascii_only(words))

    def _publish(self, message: Message, words: str) -> None:
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=words,
                Message=texts(message),
                MessageStructure="json",
                MessageAttributes=attributes(message),
            )
        except MAYBE_TAKEN as error:
            raise ChannelUnsureError(
                f"SNS has not answered ({type(error).__name__}), so the message may have arrived: it is sent "
                "again, marked as maybe a repeat"
            ) from error
        except (ClientError, BotoCoreError) as error:
            raise _said_of(error, MESSAGE) from error


def texts(message: Message) -> str:
    """Give the JSON object of all six texts, under 200,000 bytes."""
    mail = body(message)
    people = {"default": mail, "email": mail, "sms": sms(message), "https": notification(message)}
    taken = ROOM_FOR_NAMES + sum(map(nested_bytes, people.values()))
    machine = document(message.account, message.alerts, (MOST_BYTES - taken) // 2)
    return msgspec.json.encode({**people, "sqs": machine, "lambda": machine}).decode()


def attributes(message: Message) -> dict[str, MessageAttributeValueTypeDef]:
    """Give severity, account, kinds, rules and channels of their own as message attributes."""
    one: dict[str, str] = {"severity": message.severity.value, "account": name(message.account)}
    several: dict[str, Iterable[str]] = {
        "kind": message.kinds,
        "rule": dict.fromkeys(alert.rule for alert in message.alerts if alert.rule),
        "notify": dict.fromkeys(each for alert in message.alerts for each in alert.notify),
    }
    texts = {key: msgspec.json.encode(list(values)).decode() for key, values in several.items() if values}
    return {
        **{key: {"DataType": "String", "StringValue": value} for key, value in one.items()},
        **{key: {"DataType": "String.Array", "StringValue": text} for key, text in texts.items()},
    }


def _said_of(error: ClientError | BotoCoreError, refused: str) -> ChannelError:
    if not isinstance(error, ClientError):
        return ChannelError(f"SNS could not be reached ({type(error).__name__}): {NEXT_TICK}")
    code = error.response.get("Error", {}).get("Code", "unknown")
    if code in REMEDIES:
        return ChannelRefusedError(f"SNS refused {refused} ({code}): {REMEDIES[code]}")
    return ChannelError(f"SNS failed over {refused} ({code}): {NEXT_TICK}")

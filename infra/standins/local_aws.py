"""AWS within this process: everything the function needs, and a look at what it did there."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3
import msgspec
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

_REGION = "us-east-1"
_TABLE = "ledger"
_SECRET = "poe-budget"  # noqa: S105 -- the secret's name
_PARAMETER = "/poe-budget/budgets"
_ADDRESS = "you@example.com"
# What could lead an AWS client of the person who runs this out of the process, or fail it.
_FOREIGN = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


class Mail(msgspec.Struct, frozen=True):
    """What an e-mail subscription of the topic gets."""

    subject: str
    text: str


class LocalAws:
    """The resources that the template makes, without the stack, and the environment that names them."""

    def __init__(self, *, secret: Mapping[str, str], budgets: str, poe_url: str) -> None:
        sns = boto3.client("sns", _REGION)
        self._topic = sns.create_topic(Name="poe-budget")["TopicArn"]
        sns.subscribe(TopicArn=self._topic, Protocol="email", Endpoint=_ADDRESS)
        text = msgspec.json.encode(secret).decode()
        boto3.client("secretsmanager", _REGION).create_secret(Name=_SECRET, SecretString=text)
        _create_table()
        self.environ = {
            "SECRET_ID": _SECRET,
            "TABLE_NAME": _TABLE,
            "TOPIC_ARN": self._topic,
            "BUDGETS_PARAMETER": _PARAMETER,
            "DEFAULT_BUDGETS": budgets,
            "POE_API_URL": poe_url,
            "SETTLE_MINUTES": "60",
        }

    def mails(self) -> list[Mail]:
        """Return the mails sent so far, oldest first."""
        topic = sns_backends[DEFAULT_ACCOUNT_ID][_REGION].topics[self._topic]
        # With MessageStructure "json", each protocol has a text of its own.
        return [
            Mail(subject or "", msgspec.json.decode(text)["email"])
            for _, text, subject, _, _ in topic.sent_notifications
        ]

    def counted(self) -> tuple[int, int]:
        """Return the points and queries of all slots, read from the table as the contract lays it out."""
        pages = boto3.client("dynamodb", _REGION).get_paginator("query")
        query = {":pk": {"S": "default"}, ":slot": {"S": "slot#"}}
        condition = "pk = :pk AND begins_with(sk, :slot)"
        found = pages.paginate(
            TableName=_TABLE, KeyConditionExpression=condition, ExpressionAttributeValues=query
        )
        items = [item for page in found for item in page["Items"]]
        points, queries = (sum(int(item[name]["N"]) for item in items) for name in ("points", "queries"))
        return points, queries


@contextmanager
def local_aws(*, secret: Mapping[str, str], budgets: str, poe_url: str) -> Iterator[LocalAws]:
    """Put AWS inside this process, for its clients made meanwhile, and this process's environment into place.

    `secret` is what the secret holds, `budgets` the text of the config.
    """
    with _environment_kept(), mock_aws():
        for name in _FOREIGN:
            os.environ.pop(name, None)
        os.environ["AWS_DEFAULT_REGION"] = _REGION
        aws = LocalAws(secret=secret, budgets=budgets, poe_url=poe_url)
        os.environ.update(aws.environ)
        yield aws


@contextmanager
def _environment_kept() -> Iterator[None]:
    kept = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _create_table() -> None:
    boto3.client("dynamodb", _REGION).create_table(
        TableName=_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )

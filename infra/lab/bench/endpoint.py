"""AWS and Poe of one deployment on one loopback address, in a process of their own."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import msgspec

from lab.bench.ledger import ledger_of
from lab.bench.server import Asked, answered, serving
from lab.bench.table import MemoryTable
from lab.bench.usage import Account

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.connection import Connection

    from budget_alert.ledger.items import Item

AMZ_JSON = "application/x-amz-json-1.0"
CALLS, FREEZE = "/bench/calls", "/bench/freeze"
SECRET = {"poe_api_key": "a-key-of-nobody"}
# https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
_LISTENER = """<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
<ListSubscriptionsByTopicResult><Subscriptions><member>
<TopicArn>arn:aws:sns:eu-west-1:123456789012:watch</TopicArn><Protocol>email</Protocol>
<SubscriptionArn>arn:aws:sns:eu-west-1:123456789012:watch:1</SubscriptionArn>
<Owner>123456789012</Owner><Endpoint>you@example.com</Endpoint>
</member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"""
_PUBLISHED = """<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
<PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"""


class Call(msgspec.Struct, frozen=True):
    """A request that was counted: the service, the operation or path, and for AWS its parameters."""

    service: str
    operation: str
    parameters: dict[str, Any] = {}

    def __str__(self) -> str:
        """Name it as the documentation does."""
        return f"{self.service} {self.operation}"


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoint answers from: the config's text, and the account at Poe.

    `days` is how much history the ledger holds to begin with, None for an empty table; `balance` what Poe
    says is left.
    """

    config: str
    account: Account
    days: int | None = None
    balance: int = 900_000

    def ledger(self) -> Iterable[Item]:
        """Give the table's first items."""
        return () if self.days is None else ledger_of(self.account, self.days)


class Endpoint:
    """Answers as AWS and as Poe, and counts what was asked."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._table = MemoryTable(deployment.ledger())
        self._calls: list[Call] = []
        self._newest: dict[int, bytes] = {}
        self._unseen = deployment.account.unseen

    def answer(self, asked: Asked) -> bytes:
        """Answer one request."""
        if asked.path == CALLS:
            calls, self._calls = self._calls, []
            return answered(msgspec.json.encode(calls))
        if asked.path == FREEZE:
            self._table.frozen, self._unseen = True, 0
            return answered(b"{}")
        if "x-amz-target" in asked.headers:
            return self._aws(asked)
        return self._poe(asked) if asked.method == "GET" else self._sns(asked)

    def _aws(self, asked: Asked) -> bytes:
        target, _, operation = asked.headers["x-amz-target"].partition(".")
        service = target.partition("_")[0]
        parameters = msgspec.json.decode(asked.body)
        self._calls.append(Call(service, operation, parameters))
        if service == "DynamoDB":
            answer = self._table.answer(operation, parameters)
        elif service == "AmazonSSM":
            answer = {"Parameter": {"Name": "budgets", "Type": "String", "Value": self._deployment.config}}
        else:
            answer = {"Name": "secret", "SecretString": msgspec.json.encode(SECRET).decode()}
        return answered(msgspec.json.encode(answer), kind=AMZ_JSON)

    def _sns(self, asked: Asked) -> bytes:
        action = parse_qs(asked.body.decode())["Action"][0]
        self._calls.append(Call("SNS", action))
        return answered((_PUBLISHED if action == "Publish" else _LISTENER).encode(), kind="text/xml")

    def _poe(self, asked: Asked) -> bytes:
        self._calls.append(Call("Poe", asked.path))
        parts = urlsplit(asked.path)
        if parts.path.endswith("current_balance"):
            return answered(msgspec.json.encode({"current_point_balance": self._deployment.balance}))
        after = parse_qs(parts.query).get("starting_after", [None])[0]
        return answered(self._page(after))

    def _page(self, after: str | None) -> bytes:
        account = msgspec.structs.replace(self._deployment.account, unseen=self._unseen)
        if after is not None:
            return account.page(after)
        # The newest page is asked for again and again, the others once in a scan.
        if self._unseen not in self._newest:
            self._newest[self._unseen] = account.page(None)
        return self._newest[self._unseen]


class Running:
    """An endpoint that runs; `address` is its base address."""

    def __init__(self, address: str) -> None:
        self.address = address

    def calls(self) -> list[Call]:
        """Give what was asked since the last question."""
        with urlopen(self.address + CALLS) as answer:  # noqa: S310 - a loopback address of our own
            return msgspec.json.decode(answer.read(), type=list[Call])

    def freeze(self) -> None:
        """Accept all writes from now on, and apply none; list all rows."""
        with urlopen(self.address + FREEZE):  # noqa: S310 - as above
            pass


@contextmanager
def running(deployment: Deployment) -> Iterator[Running]:
    """Run an endpoint for as long as the context lasts."""
    # A process of its own: else its work would count as ours, and wait for the same lock.
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, msgspec.msgpack.encode(deployment)))
    process.start()
    try:
        yield Running(f"http://{ours.recv()}")
    finally:
        ours.send(None)
        process.join()


def _serve(pipe: Connection, deployment: bytes) -> None:
    endpoint = Endpoint(msgspec.msgpack.decode(deployment, type=Deployment))
    with serving(endpoint.answer) as address:
        pipe.send(address)
        pipe.recv()

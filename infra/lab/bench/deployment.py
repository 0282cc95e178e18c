"""A made-up deployment to measure ticks on: AWS and Poe on one loopback address, in another process."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from urllib.request import urlopen

import msgspec

from budget_alert.instants import DAY, SLOT, day_of, from_micros, slot_of, to_micros
from budget_alert.ledger.items import Item, day_item, day_key, item, slot_item, slot_key
from budget_alert.poe.wire import parse_page
from budget_alert.usage.entries import Entry
from budget_alert.usage.slots import day_from
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from lab.bench.measured import ROOT
from standins.dynamodb import WRITES, DynamoDB
from standins.history import BOTS
from standins.loopback import Answer, Asked, Reply, json_reply, serving

ROWS_A_PAGE = 100
DAYS = 60
"""Of history that the ledger of a typical deployment holds."""
SETTLING_TICKS = 3
KEY = "a-key-of-nobody"
CALLS, FREEZE = "/bench/calls", "/bench/freeze"
TEMPLATE_CONFIG = """timezone = "UTC"

[[budget]]
name = "Everything"
points = 1000000
period = "month"
alert_at = ["50%", "80%", "100%"]
"""
"""What the template puts in force until its user writes a config."""
# https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
_LISTENER = """<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
<ListSubscriptionsByTopicResult><Subscriptions><member>
<TopicArn>arn:aws:sns:eu-west-1:123456789012:watch</TopicArn><Protocol>email</Protocol>
<SubscriptionArn>arn:aws:sns:eu-west-1:123456789012:watch:1</SubscriptionArn>
<Owner>123456789012</Owner><Endpoint>you@example.com</Endpoint>
</member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"""
_PUBLISHED = """<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
<PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"""
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_SESSION_TOKEN": "bench",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_FUNCTION_NAME": "watch",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:watch",
    "BUDGETS_PARAMETER": "/watch/budgets",
    "DEFAULT_BUDGETS": TEMPLATE_CONFIG,
    "SETTLE_MINUTES": "60",
    "POWERTOOLS_SERVICE_NAME": "watch",
    "PYTHONTZPATH": "",
    "PYTHONHASHSEED": "0",
}


class Call(msgspec.Struct, frozen=True):
    """A request that was counted: the service, the operation or path, and for AWS its parameters."""

    service: str
    operation: str
    parameters: dict[str, Any] = {}

    def __str__(self) -> str:
        """Name it as the documentation does."""
        return f"{self.service} {self.operation}"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Rows at even distances, `per_slot` in each quarter hour, by `bots` bots and `keys` API keys in turn.

    They follow from their numbers alone, so that a million of them take no memory. `newest` is the creation
    of row 0, from which the rows go back; there are `rows` of them, None for no end. The first page leaves
    out the `unseen` newest rows.
    """

    newest: datetime
    per_slot: int = 4
    bots: int = len(BOTS)
    keys: int = 3
    rows: int | None = None
    unseen: int = 0

    def created(self, number: int) -> int:
        """Tell when a row was created, in microseconds."""
        return to_micros(self.newest) - number * (SLOT // timedelta(microseconds=1) // self.per_slot)

    def row(self, number: int) -> dict[str, Any]:
        """Give a row as Poe lists it."""
        points, bot = 5 + number * 7919 % 40, number % self.bots
        made = {
            "creation_time": self.created(number),
            "bot_name": BOTS[bot].name if bot < len(BOTS) else f"Bot-{bot:04d}",
            "query_id": f"{number:016x}",
            "cost_points": points,
        }
        if number * 31 % 4 == 3:  # noqa: PLR2004 - every fourth one
            return made | {"usage_type": "Chat", "chat_name": "Quarterly report"}
        by_key = number - (number + 2) // 4
        key = f"key-{by_key * 17 % self.keys}"
        return made | {"usage_type": "API", "cost_usd": f"{points * 3e-5:.4f}", "api_key_name": key}

    def page(self, after: str | None) -> bytes:
        """Give the page after the row with a query id, or the newest for None, as Poe would answer it."""
        first = self.unseen if after is None else int(after, 16) + 1
        end = first + ROWS_A_PAGE if self.rows is None else min(first + ROWS_A_PAGE, self.rows)
        data = [self.row(number) for number in range(first, end)]
        return msgspec.json.encode({"has_more": end != self.rows, "length": len(data), "data": data})

    def entries(self, count: int) -> tuple[Entry, ...]:
        """Give the newest rows as the function reads them."""
        data = [self.row(number) for number in range(count)]
        return parse_page(msgspec.json.encode({"has_more": False, "data": data})).entries

    def ledger(self, days: int) -> Iterator[Item]:
        """Give the items of a table that has counted the account up to its newest row that is seen.

        It holds so many whole UTC days, and today. Every quarter hour has the same usage, by every bot and
        key: it is how much there is that counts.
        """
        shown = from_micros(self.created(self.unseen))
        totals = Totals.of(self.entries(max(self.per_slot, self.bots, self.keys * 4 // 3 + 1))).bounded()
        today, end = day_of(shown), slot_of(shown)
        yield item("default", "cursor", self._state(days), version=1)
        whole = {today + place * SLOT: totals for place in range(DAY // SLOT)}
        slot, day = slot_item("default", today, totals), day_item("default", today, day_from(whole, today))
        for start in (today - back * DAY for back in range(1, days + 1)):
            yield day | {"sk": {"S": day_key(start)}}
            yield from (slot | {"sk": {"S": slot_key(start + place * SLOT)}} for place in range(DAY // SLOT))
        begun = {start: totals for start in whole if start < end}
        yield day_item("default", today, day_from(begun, today))
        yield from (slot | {"sk": {"S": slot_key(start)}} for start in begun)

    def _state(self, days: int) -> State:
        newest = self.row(self.unseen + self.per_slot)
        created = from_micros(newest["creation_time"])
        return State(
            started_at=created - timedelta(days=days),
            version=1,
            cursor=Cursor(newest["creation_time"], newest["query_id"]),
            settled_until=created - timedelta(hours=1),
            completed_at=created,
            audited_at=created - timedelta(hours=2),
        )


def answering(config: str, account: Account, days: int = DAYS) -> Answer:
    """Give what answers as AWS and as Poe, with so many days in the ledger, and keeps what it was asked."""
    calls: list[Call] = []
    frozen: list[bool] = []

    def unless_frozen(operation: str, _: object, work: Callable[[], Item]) -> Item:
        return {} if frozen and operation in WRITES else work()

    table = DynamoDB(account.ledger(days), unless_frozen)
    others = {
        "AmazonSSM GetParameter": {"Parameter": {"Name": "budgets", "Type": "String", "Value": config}},
        "secretsmanager GetSecretValue": {"Name": "secret", "SecretString": f'{{"poe_api_key": "{KEY}"}}'},
        "Poe /usage/current_balance": {"current_point_balance": 900_000},
    }

    # The newest page is asked for again and again, the others once in a scan.
    @cache
    def newest(unseen: int) -> bytes:
        return msgspec.structs.replace(account, unseen=unseen).page(None)

    def answer(asked: Asked) -> Reply:
        if asked.path == CALLS:
            reply = json_reply(calls)
            calls.clear()
            return reply
        if asked.path == FREEZE:
            frozen.append(True)
            return json_reply({})
        call = called(asked)
        calls.append(call)
        if call.service == "DynamoDB":
            return json_reply(table.call(call.operation, call.parameters))
        if call.service == "SNS":
            return Reply(body=(_PUBLISHED if call.operation == "Publish" else _LISTENER).encode())
        if other := others.get(str(call)):
            return json_reply(other)
        after = asked.query.get("starting_after")
        page = account.page(after) if after else newest(0 if frozen else account.unseen)
        return Reply(body=page, headers={"Content-Type": "application/json"})

    return answer


def called(asked: Asked) -> Call:
    """Tell what a request asks for."""
    target, _, operation = asked.headers.get("x-amz-target", "").partition(".")
    if target:
        return Call(target.partition("_")[0], operation, msgspec.json.decode(asked.body))
    if asked.method == "POST":
        return Call("SNS", parse_qs(asked.body.decode())["Action"][0])
    query = "&".join(f"{name}={value}" for name, value in asked.query.items())
    return Call("Poe", f"{asked.path}?{query}" if query else asked.path)


def calls_of(address: str) -> list[Call]:
    """Give what a deployment was asked since the last question."""
    with urlopen(address + CALLS) as answer:  # noqa: S310 - a loopback address of our own
        return msgspec.json.decode(answer.read(), type=list[Call])


def freeze(address: str) -> None:
    """Have a deployment accept all writes from now on, and apply none; list all rows."""
    with urlopen(address + FREEZE):  # noqa: S310 - as above
        pass


def environment(address: str, *paths: Path) -> dict[str, str]:
    """Give the environment of a function whose modules are in `paths`, with AWS and Poe at an address."""
    return _ENVIRONMENT | {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.devnull,
        "AWS_ENDPOINT_URL": address,
        "POE_API_URL": address,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
    }


class Ticked(msgspec.Struct, frozen=True):
    """What a process that ran ticks measured: seconds of CPU of each, the last answer, its peak memory."""

    seconds: tuple[float, ...]
    answer: dict[str, Any]
    peak_bytes: int


def example_config() -> str:
    """Give the commented example, its limits so high that the made-up usage crosses none."""
    text = (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")
    return text.replace("below = 100_000", "below = 1").replace("0_000", "0_000_000_000")


@contextmanager
def settled(made: Callable[[], Answer], now: datetime) -> Iterator[str]:
    """Run a deployment that has sent its welcome and counted all there is at an instant; give its address.

    From then on writes change it no more, and all rows are listed.
    """
    with apart(made) as address:
        ticked(address, now, SETTLING_TICKS)
        freeze(address)
        calls_of(address)
        yield address


def ticked(address: str, now: datetime, times: int = 1) -> Ticked:
    """Run ticks in a process of their own, all at the instant `now`; raises where one fails."""
    environ = environment(address, ROOT / "handler", ROOT / "infra")
    asked = [sys.executable, "-m", "lab.bench.ticks", now.isoformat(), str(times)]
    done = subprocess.run(asked, env=environ, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own module
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Ticked)


def quiet(config: str) -> AbstractContextManager[str]:
    """Run a settled deployment of a typical account, of which nothing new is to be counted."""
    now = datetime.now(UTC)
    return settled(partial(answering, config, Account(newest=now - timedelta(minutes=1))), now)


@contextmanager
def apart(made: Callable[[], Answer]) -> Iterator[str]:
    """Serve in a process of its own, whose work neither counts as ours nor waits for the same lock."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, made))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


def _serve(pipe: Connection, made: Callable[[], Answer]) -> None:
    with serving(made()) as address:
        pipe.send(address)
        pipe.recv()

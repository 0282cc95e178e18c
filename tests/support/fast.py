"""Ticks of one account or of several in memory: every call to the outside passes a gate that can stop it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, TypeVar, cast

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.alerts import Alert
from budget_alert.deadline import Deadline
from budget_alert.errors import BudgetAlertError
from budget_alert.fanout import LONGEST_DELAY, fan_out
from budget_alert.identity import ALONE, TOGETHER
from budget_alert.ledger.items import Item, body_of, day_start, slot_start
from budget_alert.messages.parts import Message, Places
from budget_alert.poe.wire import parse_balance, parse_page
from budget_alert.report import Report
from budget_alert.rounds import ALL, run, served
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring, Secret
from budget_alert.settings import Settings
from budget_alert.tick import tick
from budget_alert.tools import Tools
from budget_alert.usage.entries import Page, PoeBalance
from budget_alert.usage.slots import Day
from budget_alert.usage.totals import Dimensions, Totals
from standins.dynamodb import DynamoDB
from standins.memory_aws import Killed, Letter
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.support.tables import MemoryTable

INTERVAL = timedelta(minutes=5)
NOWHERE: Any = None
"""Stands for what no tick in memory reaches."""
T = TypeVar("T")
Step = Callable[[int, str], None]
Parts = Counter[tuple[datetime, Dimensions]]
Taken = tuple[str, Sequence[Alert]]
"""A message: its account and its alerts."""


def let_pass(_number: int, _name: str) -> None:
    """Stop nothing."""


@dataclass
class Gate:
    """Counts the instants before and after each outside call; `at` is called with number and name of each."""

    at: Step = let_pass
    passed: int = 0

    def through(self, name: str, call: Callable[[], T]) -> T:
        """Make a call; the gate is passed before it, and again after its effect."""
        self._pass(f"before {name}")
        result = call()
        self._pass(f"after {name}")
        return result

    def asked(self, operation: str, asked: Mapping[str, Any], work: Callable[[], Item]) -> Item:
        """Make a call to a table: what writes is named by what it writes."""
        (write, *_) = asked.get("TransactItems", [{"Update": asked}])
        if operation == "PutItem" or "Put" in write:
            operation = "write"
        return self.through(write.get("Update", {}).get("UpdateExpression", operation), work)

    def _pass(self, name: str) -> None:
        self.passed += 1
        self.at(self.passed, name)


@dataclass
class RecordingChannel:
    """A channel that keeps what it has `taken`, message by message."""

    gate: Gate
    fails: Callable[[], None] = lambda: None
    taken: list[Taken] = field(default_factory=list)

    def send(self, message: Message, seconds_left: float) -> None:
        """Accept a message, unless it is to fail."""
        assert seconds_left > 0
        self.gate.through("send", lambda: self._accept(message))

    def _accept(self, message: Message) -> None:
        self.fails()
        self.taken.append((message.account, message.alerts))

    @property
    def sent(self) -> list[Alert]:
        """All alerts, in their order."""
        return [alert for _, alerts in self.taken for alert in alerts]

    def of(self, account: str) -> list[Alert]:
        """Give the alerts of an account."""
        return [alert for name, alerts in self.taken for alert in alerts if name == account]

    def has_listener(self) -> bool:
        """Somebody listens."""
        heard: bool = self.gate.through("listeners", lambda: True)
        return heard


@dataclass
class MemoryQueue:
    """A queue as SQS is: each message at least once, in any order; what is not deleted comes back.

    `chance` chooses the order, and which of the deleted messages come once more.
    """

    clock: Callable[[], datetime]
    gate: Gate
    chance: Random | None = None
    messages: dict[str, Letter] = field(default_factory=dict)
    sent: int = 0

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Mapping[str, Any]:  # noqa: N803 - boto3's names
        """Put messages into the queue."""
        del QueueUrl
        return self.gate.through("queue", lambda: self._put(Entries))

    def _put(self, entries: Sequence[Any]) -> Mapping[str, Any]:
        for entry in entries:
            self.sent += 1
            name, now = f"m{self.sent}", self.clock()
            due = now + timedelta(seconds=entry["DelaySeconds"])
            self.messages[name] = Letter(name, entry["MessageBody"], now, due)
        return {"Successful": [{"Id": entry["Id"]} for entry in entries]}

    def waiting(self) -> list[str]:
        """Give the ids of what can be received now."""
        ids = [name for name, message in self.messages.items() if message.visible_at <= self.clock()]
        return self.chance.sample(ids, len(ids)) if self.chance else ids

    def delete(self, name: str) -> None:
        """Take a message out, unless it is one that comes once more."""
        if self.chance is None or self.chance.random() < 3 / 4:
            self.messages.pop(name, None)


@dataclass
class FastWorld:
    """Accounts in memory, each with a Poe and a part of the table of its own; the only one is called ALONE.

    Who is not among `poes` any more has left. Several are `queued`, or served in turn. A tick has time for so
    many `pages` or pieces of sums, and an invocation gets a `batch` of messages. `ticking` names the account
    whose tick began last. `keys` are those of accounts whose name has changed.
    """

    poes: dict[str, SimulatedPoe]
    config: str
    now: datetime
    settle: timedelta = timedelta(minutes=60)
    pages: int = 10_000
    queued: bool = True
    batch: int = 2
    ticking: str = ""
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put together what all ticks share."""
        self.several = self.poes.keys() != {ALONE}
        self.gate = Gate()
        self.table = MemoryTable(DynamoDB(through=self.gate.asked), TOGETHER if self.several else ALONE)
        self.slack = RecordingChannel(self.gate)
        self.sns = RecordingChannel(self.gate)
        self.queue = MemoryQueue(self.clock, self.gate)
        self.log = Logger(service="test", level="CRITICAL")
        self.metrics: list[Mapping[str, int]] = []
        for name, poe in self.poes.items():
            self.join(name, poe)

    @property
    def poe(self) -> SimulatedPoe:
        """The Poe of the only account."""
        return self.poes[ALONE]

    def clock(self) -> datetime:
        """Give the present instant."""
        return self.now

    def join(self, name: str, poe: SimulatedPoe, key: str = "") -> None:
        """Put an account into the secret."""
        poe.clock = self.clock
        self.poes[name] = poe
        if key:
            self.keys[name] = key

    def rename(self, old: str, new: str) -> None:
        """Call an account by another name in the secret."""
        self.join(new, self.poes.pop(old), self._key(old))

    def keyring(self) -> Keyring:
        """Give what the secret holds."""
        keys = {name: Secret(self._key(name)) for name in self.poes}
        return Keyring(keys=keys, several=self.several, slack_url=Secret("hook"))

    def _key(self, name: str) -> str:
        return self.keys.get(name, f"key of {name}")

    def state(self) -> dict[str, Any]:
        """Give what a tick leaves to the next ones, and what has been sent, as it is now."""
        return {
            "now": self.now,
            "items": {account: dict(part) for account, part in self.table.client.items.items()},
            "taken": [list(channel.taken) for channel in (self.slack, self.sns)],
            "queue": ({name: copy(one) for name, one in self.queue.messages.items()}, self.queue.sent),
            "secret": (dict(self.poes), dict(self.keys), self.ticking),
        }

    def go_back(self, state: Mapping[str, Any]) -> None:
        """Let all be again as it was when `state` gave this."""
        self.now = state["now"]
        self.table.client.put_back(state["items"])
        self.slack.taken, self.sns.taken = map(list, state["taken"])
        messages, self.queue.sent = state["queue"]
        self.queue.messages = {name: copy(one) for name, one in messages.items()}
        poes, keys, self.ticking = state["secret"]
        self.poes, self.keys = dict(poes), dict(keys)

    def tools(self, scope: Scope, late: timedelta = timedelta(0)) -> Tools:
        """Put together what one tick needs."""
        return _Tools(
            world=self,
            scope=scope,
            settings=settings(self.settle),
            clock=self.clock,
            deadline=_Pages(self.pages),
            secret=lambda: self.gate.through("secret", self.keyring),
            config=lambda: self.gate.through("config", lambda: self.config),
            http=NOWHERE,
            table=lambda account, _: self.table.of(account),
            history=lambda account, _: _Poe(self.gate, self.poes[account]),
            fanout=partial(fan_out, cast("Any", self.queue), "queue", INTERVAL) if self.queued else None,
            topic=lambda: self.sns,
            slack=lambda _: self.slack,
            log=self.log,
            meter=lambda _, metrics: self.metrics.append(metrics),
            places=Places(),
            late=late,
        )

    def of(self, scope: Scope, late: timedelta = timedelta(0)) -> Tools:
        """Begin a tick."""
        self.ticking = scope.account
        return self.tools(scope, late)

    def tick(self) -> Report:
        """Run one tick of the only account."""
        return tick(self.of(Scope()))

    def round(self) -> bool:
        """Run the schedule of several accounts and what it put into the queue; tell whether all went well."""
        began = self.now
        began_well = self.begun()
        drained = self.drained()
        self.now += LONGEST_DELAY
        drained = self.drained() and drained
        self.now = began
        return began_well and drained

    def begun(self) -> bool:
        """Run what the schedule starts; tell whether it neither raised nor was killed."""
        try:
            run(self.tools(ALL), None)
        except (BudgetAlertError, Killed):
            return False
        return True

    def drained(self) -> bool:
        """Serve what waits now, in batches; tell whether all could be deleted."""
        waiting = self.queue.waiting()
        done = [self._served(waiting[at : at + self.batch]) for at in range(0, len(waiting), self.batch)]
        return all(done)

    def _served(self, names: Sequence[str]) -> bool:
        """Run an invocation; where it is killed, its messages come back with the next drain."""
        records = [self.queue.messages[name].received_at(self.now) for name in names]
        try:
            failed = self._invoked(records)
        except Killed:
            return False
        for name in set(names) - failed:
            self.queue.delete(name)
        return not failed

    def _invoked(self, records: list[dict[str, Any]]) -> set[str]:
        """Serve a batch and name the messages that failed."""
        answer = served(self.tools(ALL), records)
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def serve(self, account: str) -> None:
        """Run one account's tick, as a message brings it that somebody has delivered in between."""
        before, body = self.ticking, msgspec.json.encode({"account": account}).decode()
        self._invoked([Letter("between", body, self.now, self.now).received_at(self.now)])
        self.ticking = before

    def points(self, prefix: str = "slot#", account: str | None = None) -> int:
        """Give the sum of an account's items whose keys begin so; of the only one, or all together."""
        items = self.table.of(account or self.table.account).items
        return sum(int(item["points"]["N"]) for key, item in items.items() if key.startswith(prefix))

    def parts(self, accounts: Sequence[str]) -> Parts:
        """Add up what the slots of accounts hold, with the account's name for its keys, in plain words."""
        found: Parts = Counter()
        for account in accounts:
            for key, item in self.table.of(account).items.items():
                for part, spend in body_of(item, Totals).items() if key.startswith("slot#") else ():
                    name = part.api_key if account == TOGETHER else account
                    found[slot_start(item), Dimensions(part.bot, part.usage_type, name)] += spend.points
        return Counter({where: points for where, points in found.items() if points})

    def day_parts(self) -> Parts:
        """Give the points of every part of every day of all together."""
        found: Parts = Counter()
        for key, item in self.table.items.items():
            for part, spend in body_of(item, Day).total.items() if key.startswith("day#") else ():
                found[day_start(item), part] += spend.points
        return Counter({where: points for where, points in found.items() if points})


def alone(poe: SimulatedPoe, config: str, now: datetime, **more: Any) -> FastWorld:
    """Give a world of one account."""
    return FastWorld({ALONE: poe}, config, now, **more)


def spend(poe: SimulatedPoe, points: int, at: datetime, **row: Any) -> None:
    """Add a row to a history."""
    created = microseconds(at)
    named = {"query_id": f"{id(poe)} {created} {points}", **row}
    poe.add(Row(**named, creation_time=created, cost_points=points))


def settings(settle: timedelta = timedelta(minutes=60)) -> Settings:
    """Give the settings of ticks in memory."""
    return Settings(
        secret_id="secret",
        table_name="ledger",
        topic_arn="arn:aws:sns:eu-west-1:000000000000:topic",
        budgets_parameter="/budgets",
        default_budgets="",
        settle=settle,
        interval=INTERVAL,
    )


class _Pages(Deadline):
    """Time for so many pages, each of which takes a second."""

    def __init__(self, pages: int) -> None:
        self._pages = pages
        super().__init__(lambda: min(20.0, pages / 2) + self._pages)

    def may_read(self) -> bool:
        may = super().may_read()
        self._pages -= may
        return may


@dataclass(frozen=True, kw_only=True)
class _Tools(Tools):
    """Those of an invocation, each of whose ticks has as much time as the world gives it."""

    world: FastWorld

    def of(self, scope: Scope, seconds: float | None = None, late: timedelta = timedelta(0)) -> Tools:
        assert seconds is None or seconds > 0
        return self.world.of(scope, late)


@dataclass(frozen=True)
class _Poe:
    gate: Gate
    poe: SimulatedPoe

    def page(self, after: str | None) -> Page:
        return parse_page(self.gate.through("page", lambda: msgspec.json.encode(self.poe.page(100, after))))

    def balance(self) -> PoeBalance:
        return parse_balance(self.gate.through("balance", lambda: msgspec.json.encode(self.poe.balance())))

"""The whole tick in memory: every call to the outside passes a gate, where a test can stop it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.alerts import Alert
from budget_alert.deadline import Deadline
from budget_alert.http import Http
from budget_alert.identity import ALONE
from budget_alert.ledger.items import Item
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.table import Table
from budget_alert.messages.parts import Message, Places
from budget_alert.poe.wire import parse_balance, parse_page
from budget_alert.report import Report
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring, Secret
from budget_alert.settings import Settings
from budget_alert.tick import tick
from budget_alert.tools import Tools
from budget_alert.usage.entries import Page, PoeBalance
from budget_alert.usage.slots import Span
from budget_alert.usage.totals import Totals
from standins.dynamodb import DynamoDB
from standins.simulated_poe import SimulatedPoe
from tests.support.memory_table import MemoryTable

INTERVAL = timedelta(minutes=5)
T = TypeVar("T")
Step = Callable[[int, str], None]


class Killed(BaseException):
    """Raised where a test kills a tick: nothing in the function may catch it."""


@dataclass
class Gate:
    """Counts the instants before and after each outside call; `at` is called with number and name of each."""

    at: Step = lambda _number, _name: None
    passed: int = 0

    def through(self, name: str, call: Callable[[], T]) -> T:
        """Make a call; the gate is passed before it, and again after its effect."""
        self._pass(f"before {name}")
        result = call()
        self._pass(f"after {name}")
        return result

    def table(self, account: str = "default") -> MemoryTable:
        """Give an empty table whose calls pass the gate, those that write by what they write."""
        return MemoryTable(DynamoDB(through=self._asked), account)

    def _asked(self, operation: str, asked: Mapping[str, Any], work: Callable[[], Item]) -> Item:
        (write, *_) = asked.get("TransactItems", [{"Update": asked}])
        if operation == "PutItem" or "Put" in write:
            operation = "write"
        return self.through(write.get("Update", {}).get("UpdateExpression", operation), work)

    def _pass(self, name: str) -> None:
        self.passed += 1
        self.at(self.passed, name)


@dataclass
class RecordingChannel:
    """A channel that keeps what it accepted, alert by alert."""

    gate: Gate
    fails: Callable[[], None] = lambda: None
    sent: list[Alert] = field(default_factory=list)
    sent_of: dict[str, list[Alert]] = field(default_factory=dict)
    messages: int = 0

    def send(self, message: Message, seconds_left: float) -> None:
        """Accept a message, unless it is to fail."""
        assert seconds_left > 0
        self.gate.through("send", lambda: self._accept(message))

    def _accept(self, message: Message) -> None:
        self.fails()
        self.sent += message.alerts
        self.sent_of.setdefault(message.account, []).extend(message.alerts)
        self.messages += 1

    def state(self) -> tuple[list[Alert], dict[str, list[Alert]], int]:
        """Give what was accepted."""
        return list(self.sent), {name: list(sent) for name, sent in self.sent_of.items()}, self.messages

    def go_back(self, state: tuple[list[Alert], dict[str, list[Alert]], int]) -> None:
        """Have accepted no more than that."""
        sent, sent_of, self.messages = state
        self.sent, self.sent_of = list(sent), {name: list(alerts) for name, alerts in sent_of.items()}

    def has_listener(self) -> bool:
        """Somebody listens."""
        heard: bool = self.gate.through("listeners", lambda: True)
        return heard


class Surroundings:
    """What ticks in memory have around them, be it for one account or for several."""

    config: str
    now: datetime
    settle: timedelta
    gate: Gate
    table: MemoryTable

    def __post_init__(self) -> None:
        """Put together what all ticks share."""
        self.slack = RecordingChannel(self.gate)
        self.sns = RecordingChannel(self.gate)
        self.log = Logger(service="test", level="CRITICAL")
        self.metrics: list[Mapping[str, int]] = []

    def state(self) -> dict[str, Any]:
        """Give what a tick leaves to the next ones, and what has been sent, as it is now."""
        return {
            "now": self.now,
            "items": {account: dict(part) for account, part in self.table.client.items.items()},
            "sent": [channel.state() for channel in (self.slack, self.sns)],
        }

    def go_back(self, state: Mapping[str, Any]) -> None:
        """Let all be again as it was when `state` gave this."""
        self.now = state["now"]
        self.table.client.put_back(state["items"])
        for channel, sent in zip((self.slack, self.sns), state["sent"], strict=True):
            channel.go_back(sent)

    def tools_for(
        self, scope: Scope, table: MemoryTable, poe: SimulatedPoe, secret: Callable[[], Any], pages: int
    ) -> Tools:
        """Put together what one tick needs, with time for so many pages, or pieces of sums."""
        left = [float(pages)]
        deadline = Deadline(lambda: min(20.0, pages / 2) + left[0])

        def page(after: str | None) -> Page:
            left[0] -= 1
            body = self.gate.through("page", lambda: msgspec.json.encode(poe.page(100, after)))
            return parse_page(body)

        def balance() -> PoeBalance:
            return parse_balance(self.gate.through("balance", lambda: msgspec.json.encode(poe.balance())))

        def piece() -> None:
            left[0] -= 1

        return _Tools(
            scope=scope,
            settings=settings(self.settle),
            clock=lambda: self.now,
            deadline=deadline,
            secret=lambda: self.gate.through("secret", secret),
            config=lambda: self.gate.through("config", lambda: self.config),
            http=Http(),
            table=lambda *_: table,
            history=lambda *_: _Poe(page, balance),
            fanout=None,
            topic=lambda: self.sns,
            slack=lambda _: self.slack,
            log=self.log,
            meter=lambda _, metrics: self.metrics.append(metrics),
            places=Places(),
            taken=piece,
        )


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


@dataclass
class FastWorld(Surroundings):
    """One account in memory."""

    poe: SimulatedPoe
    config: str
    now: datetime
    settle: timedelta = timedelta(minutes=60)
    gate: Gate = field(default_factory=Gate)

    def __post_init__(self) -> None:
        """Put the account's parts together."""
        super().__post_init__()
        self.poe.clock = lambda: self.now
        self.table = self.gate.table()

    def tick(self, pages: int = 10_000) -> Report:
        """Run one tick now, with time for so many pages."""
        secret = Keyring(keys={ALONE: Secret("key")}, slack_url=Secret("hook"))
        return tick(self.tools_for(Scope(), self.table, self.poe, lambda: secret, pages))

    def slot_points(self) -> int:
        """Give the sum of all slots."""
        return points_under(self.table, "slot#")


def points_under(table: MemoryTable, prefix: str) -> int:
    """Give the sum of all items whose keys begin so."""
    return sum(int(item["points"]["N"]) for key, item in table.items.items() if key.startswith(prefix))


class _Ledger(Ledger):
    """A ledger; `taken` gets each span that is read of several accounts."""

    def __init__(self, table: Table, taken: Callable[[], None]) -> None:
        super().__init__(table)
        self._taken = taken

    def slots_of(self, accounts: Sequence[str], span: Span) -> Iterator[tuple[str, datetime, Totals]]:
        """Give every account's quarter hours, for the price of a page."""
        self._taken()
        return super().slots_of(accounts, span)


@dataclass(frozen=True, kw_only=True)
class _Tools(Tools):
    taken: Callable[[], None]

    @cached_property
    def ledger(self) -> Ledger:
        """The account's accounting and memory."""
        return _Ledger(self.table(self.scope.account, self.deadline), self.taken)


@dataclass(frozen=True)
class _Poe:
    page: Callable[[str | None], Page]
    balance: Callable[[], PoeBalance]

"""Several accounts in memory, monitored through a queue: every call to the outside passes a gate."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import msgspec

from budget_alert.deadline import Deadline
from budget_alert.errors import BudgetAlertError
from budget_alert.fanout import LONGEST_DELAY, fan_out
from budget_alert.identity import TOGETHER
from budget_alert.ledger.items import body_of, day_start, slot_start
from budget_alert.ledger.ledger import Ledger
from budget_alert.rounds import run, served
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring, Secret
from budget_alert.tools import Tools
from budget_alert.usage.slots import Day
from budget_alert.usage.totals import Dimensions, Totals
from standins.memory_aws import Letter
from standins.simulated_poe import SimulatedPoe
from tests.support.fast import INTERVAL, Gate, Killed, Surroundings, settings
from tests.support.memory_table import MemoryTable

SECONDS = 200.0
Parts = Counter[tuple[datetime, Dimensions]]


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
class FastTeam(Surroundings):
    """Some accounts, each with a Poe and a part of the table of its own; it is their tools, too.

    Who is not among `poes` any more has left. `ticking` names the account whose tick began last. `keys` are
    those of accounts that were renamed.
    """

    poes: dict[str, SimulatedPoe]
    config: str
    now: datetime
    settle: timedelta = timedelta(minutes=60)
    gate: Gate = field(default_factory=Gate)
    batch: int = 2
    pages: int = 10_000
    ticking: str = ""
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the accounts' parts together."""
        super().__post_init__()
        self.table = self.gate.table(TOGETHER)
        self.queue = MemoryQueue(self.clock, self.gate)
        self.settings, self.deadline = settings(), Deadline(lambda: SECONDS)
        queue: Any = self.queue
        self.fanout: Callable[[Sequence[str]], int] | None = partial(fan_out, queue, "queue", INTERVAL)
        for name, poe in self.poes.items():
            self.join(name, poe)

    def clock(self) -> datetime:
        """Give the present instant."""
        return self.now

    def join(self, name: str, poe: SimulatedPoe) -> None:
        """Put an account into the secret."""
        poe.clock = self.clock
        self.poes[name] = poe

    def state(self) -> dict[str, Any]:
        """Give what a tick leaves to the next ones, the queue and the secret among it."""
        messages = {name: copy(message) for name, message in self.queue.messages.items()}
        secret = {"poes": dict(self.poes), "keys": dict(self.keys), "ticking": self.ticking}
        return {**super().state(), "queue": (messages, self.queue.sent), **secret}

    def go_back(self, state: Mapping[str, Any]) -> None:
        """Let all be again as it was when `state` gave this."""
        super().go_back(state)
        messages, self.queue.sent = state["queue"]
        self.queue.messages = {name: copy(message) for name, message in messages.items()}
        self.poes, self.keys = dict(state["poes"]), dict(state["keys"])
        self.ticking = state["ticking"]

    def rename(self, old: str, new: str) -> None:
        """Call an account by another name in the secret."""
        self.poes[new] = self.poes.pop(old)
        self.keys[new] = f"key of {old}"

    def secret(self) -> Keyring:
        """Give what the secret holds."""
        return self.gate.through("secret", self._keyring)

    def _keyring(self) -> Keyring:
        keys = {name: Secret(self.keys.get(name, f"key of {name}")) for name in self.poes}
        return Keyring(keys=keys, several=True, slack_url=Secret("hook"))

    @property
    def ledger(self) -> Ledger:
        """The ledger of all together."""
        return Ledger(self.table)

    def of(self, scope: Scope, seconds: float | None = None, late: timedelta = timedelta(0)) -> Tools:
        """Put together what one tick needs."""
        assert seconds is None or 0 < seconds <= SECONDS
        self.ticking = scope.account
        poe = self.poes.get(scope.account, next(iter(self.poes.values())))
        tools = self.tools_for(scope, self.table.of(scope.account), poe, self._keyring, self.pages)
        return replace(tools, late=late)

    def round(self) -> bool:
        """Run the schedule and what it put into the queue; tell whether nothing failed."""
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
            run(self, None)  # type: ignore[arg-type]
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
            failed = self.invoke(records)
        except Killed:
            return False
        for name in set(names) - failed:
            self.queue.delete(name)
        return not failed

    def invoke(self, records: list[dict[str, Any]]) -> set[str]:
        """Serve a batch and name the messages that failed."""
        answer = served(self, records)  # type: ignore[arg-type]
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def tick(self, account: str) -> None:
        """Run one account's tick, as a message brings it that somebody has delivered in between."""
        before, body = self.ticking, msgspec.json.encode({"account": account}).decode()
        self.invoke([Letter("between", body, self.now, self.now).received_at(self.now)])
        self.ticking = before

    def parts(self, accounts: Sequence[str]) -> Parts:
        """Add up what the slots of accounts hold, with the account's name for its keys, in plain words."""
        found: Parts = Counter()
        for account in accounts:
            for slot, part, points in slot_parts(self.table.of(account)):
                key = part.api_key if account == TOGETHER else account
                found[slot, Dimensions(part.bot, part.usage_type, key)] += points
        return Counter({where: points for where, points in found.items() if points})


def slot_parts(table: MemoryTable) -> list[tuple[datetime, Dimensions, int]]:
    """Give the points of every part of every slot."""
    slots = {
        slot_start(one): body_of(one, Totals) for key, one in table.items.items() if key.startswith("slot#")
    }
    return [(slot, part, spend.points) for slot, totals in slots.items() for part, spend in totals.items()]


def day_parts(table: MemoryTable) -> Parts:
    """Give the points of every part of every day."""
    days = {day_start(one): body_of(one, Day) for key, one in table.items.items() if key.startswith("day#")}
    every = [(day, part, spend.points) for day, found in days.items() for part, spend in found.total.items()]
    return Counter({(day, part): points for day, part, points in every if points})

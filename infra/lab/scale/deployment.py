"""A deployment of many accounts in this process: the real handler, and a standard queue of SQS before it.

The queue gives at least once, in no order, and puts aside what came too often:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec

from budget_alert import wiring
from budget_alert.app import lambda_handler
from lab.costs.model import ACCOUNTS_A_BATCH
from lab.scale.accounts import CONFIG, INTERVAL, Member
from standins.loopback import Answer
from standins.memory_aws import WEBHOOK, Letter, MemoryAws, MemoryHttp, in_memory
from standins.simulated_poe import SimulatedPoe, SimulatedPoes
from standins.slack_receiver import SlackReceiver
from standins.ticking import SimulatedClock

MILLISECONDS = 240_000
"""The function's time limit at an interval of five minutes, by the template."""
HIDDEN = timedelta(seconds=1442)
"""For so long the queue hides what it handed out, by the template."""
MOST_RECEIVES = 5
"""So often a message is handed out, by the template, before it is put aside."""
SCATTER = 40
"""A batch is drawn from so many of the messages that wait longest."""


@dataclass
class StandardQueue:
    """The queue; `dead` are the messages that were received too often."""

    chance: Random
    waiting: list[Letter] = field(default_factory=list)
    dead: list[Letter] = field(default_factory=list)
    sent: int = 0
    receives: int = 0
    deletes: int = 0

    def send(self, body: str, now: datetime, delay: timedelta = timedelta(0)) -> None:
        """Take a message that nobody receives before its delay is over."""
        self.sent += 1
        self.waiting.append(Letter(str(self.sent), body, now, now + delay))

    def next_at(self) -> datetime | None:
        """Tell from when on a message can be received; None where there is none."""
        return min((letter.visible_at for letter in self.waiting), default=None)

    def receive(self, now: datetime) -> list[Letter]:
        """Give up to ten messages, hidden from others for a while; what came back too often is dead."""
        self.receives += 1
        for letter in [
            one for one in self.waiting if one.received >= MOST_RECEIVES and one.visible_at <= now
        ]:
            self.waiting.remove(letter)
            self.dead.append(letter)
        ready = [letter for letter in self.waiting if letter.visible_at <= now][:SCATTER]
        batch = self.chance.sample(ready, min(ACCOUNTS_A_BATCH, len(ready)))
        for letter in batch:
            letter.visible_at = now + HIDDEN
        return batch

    def delete(self, letters: list[Letter]) -> None:
        """Forget messages that were dealt with, ten a request."""
        self.deletes += bool(letters)
        for letter in letters:
            self.waiting.remove(letter)


def body_for(account: str) -> str:
    """Write the message by which an account is due."""
    return msgspec.json.encode({"account": account}).decode()


def account_of(letter: Letter) -> str:
    """Give the account that a message names."""
    return str(msgspec.json.decode(letter.body)["account"])


_CONTEXT: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: MILLISECONDS)
"""What the function asks of Lambda's context: it always has all of its time left."""


class Deployment:
    """Everything that the function reaches, and the function; the clock moves between invocations only.

    `members` are the accounts that there ever were, by their names, `present` those that the secret names.
    """

    def __init__(self, team: Sequence[Member], clock: SimulatedClock) -> None:
        self.clock = clock
        self.members: dict[str, Member] = {}
        self.poes = SimulatedPoes(
            {member.key: SimulatedPoe(member.rows, clock=clock, keys=[member.key]) for member in team}
        )
        self.slack = SlackReceiver()
        self.aws = MemoryAws("", CONFIG)
        self.name_accounts(team)

    def name_accounts(self, present: Iterable[Member]) -> None:
        """Let the secret name these accounts; a known key under a new name is the same account of Poe's."""
        self.present = {member.name: member for member in present}
        self.members |= self.present
        keys = {name: member.key for name, member in self.present.items()}
        self.aws.keep_secret(msgspec.json.encode({"accounts": keys, "slack_webhook_url": WEBHOOK}).decode())

    def poe_of(self, account: str) -> SimulatedPoe:
        """Give the Poe of an account that there ever was."""
        return self.poes.accounts[self.members[account].key]

    @contextmanager
    def running(self, slack: Answer) -> Iterator[None]:
        """Put the stand-ins where the function's own clients and connections would be."""
        minutes = str(INTERVAL // timedelta(minutes=1))
        tools = partial(wiring.tools, clock=self.clock, sleep=lambda _: None)
        http = MemoryHttp(self.aws.edge, poe=self.poes.answer, slack=slack)
        with (
            in_memory(self.aws, http, INTERVAL_MINUTES=minutes, QUEUE_URL="due"),
            patch.object(wiring, "tools", tools),
        ):
            yield

    def dispatch(self) -> Mapping[str, Any]:
        """Run what the schedule starts; raises what the function raises, and Killed."""
        return lambda_handler({}, _CONTEXT)

    def work(self, letters: Sequence[Letter]) -> set[str]:
        """Run what messages start, and name those that are to come again; raises Killed."""
        records = [letter.received_at(self.clock.now) for letter in letters]
        answer = lambda_handler({"Records": records}, _CONTEXT)
        return {one["itemIdentifier"] for one in answer["batchItemFailures"]}

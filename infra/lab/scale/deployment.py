"""A deployment of many accounts in this process: the real handler, and a standard queue of SQS before it.

The queue gives at least once, in no order, and puts aside what came too often:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec

from budget_alert import wiring
from budget_alert.app import lambda_handler
from lab.costs.model import ACCOUNTS_A_BATCH
from lab.scale.accounts import INTERVAL, Member, config
from standins.memory_aws import WEBHOOK, Heard, MemoryAws, MemoryHttp, in_memory, queue_record
from standins.simulated_poe import SimulatedPoe
from standins.ticking import SimulatedClock

MOST_RECEIVES = 5
"""So often a message is handed out, by the template, before it is put aside."""
SCATTER = 40
"""A batch is drawn from so many of the messages that wait longest."""


class Letter(msgspec.Struct):
    """A message: when it was sent, from when on it can be received, how often it was, and when first."""

    number: int
    body: str
    sent_at: datetime
    visible_at: datetime
    received: int = 0
    first_at: datetime | None = None

    @property
    def account(self) -> str:
        """The account that it names."""
        account: str = msgspec.json.decode(self.body)["account"]
        return account

    def record(self) -> dict[str, object]:
        """Give it as Lambda's event source mapping hands it over."""
        return queue_record(str(self.number), self.body, self.sent_at, self.received, self.first_at)


@dataclass
class StandardQueue:
    """The queue; `dead` are the messages that were received too often."""

    chance: Random
    visibility: timedelta
    waiting: list[Letter] = field(default_factory=list)
    dead: list[Letter] = field(default_factory=list)
    sent: int = 0
    receives: int = 0
    deletes: int = 0

    def send(self, body: str, now: datetime, delay: timedelta = timedelta(0)) -> None:
        """Take a message that nobody receives before its delay is over."""
        self.sent += 1
        self.waiting.append(Letter(self.sent, body, now, now + delay))

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
            letter.received += 1
            letter.first_at = letter.first_at or now
            letter.visible_at = now + self.visibility
        return batch

    def delete(self, letters: list[Letter]) -> None:
        """Forget messages that were dealt with, ten a request."""
        self.deletes += bool(letters)
        for letter in letters:
            self.waiting.remove(letter)


MILLISECONDS = 240_000
"""The function's time limit at an interval of five minutes, by the template."""
HIDDEN = timedelta(seconds=1442)
"""For so long the queue hides what it handed out, by the template."""


class _Context:
    """What the function asks of Lambda's context: it always has all of its time left."""

    def get_remaining_time_in_millis(self) -> int:
        return MILLISECONDS


class Deployment:
    """Everything that the function reaches, and the function; the clock moves between invocations only.

    `members` are the accounts that there ever were, by their names, `present` those that the secret names.
    """

    def __init__(
        self,
        team: Iterable[Member],
        clock: SimulatedClock,
        *,
        published: Callable[[Mapping[str, Any]], None],
        sent: Callable[[str, timedelta], bool],
        heard: Heard,
    ) -> None:
        self.clock = clock
        self.members = {member.name: member for member in team}
        self.present = dict(self.members)
        self.poes = {
            name: SimulatedPoe(member.rows, clock=clock, keys=[member.key])
            for name, member in self.members.items()
        }
        self.aws = MemoryAws(self._secret(), config(), published, sent)
        self.edge = self.aws.edge
        self._http = MemoryHttp(self.edge, self._by_key(), heard)

    def name_accounts(self, present: Iterable[Member]) -> None:
        """Let the secret name these accounts; a known key under a new name is the same account of Poe's."""
        self.present = {member.name: member for member in present}
        by_key = self._by_key()
        self.poes |= {name: by_key[member.key] for name, member in self.present.items()}
        self.members |= self.present
        self.aws.keep_secret(self._secret())

    def _by_key(self) -> dict[str, SimulatedPoe]:
        return {self.members[name].key: poe for name, poe in self.poes.items()}

    def _secret(self) -> str:
        keys = {name: member.key for name, member in self.present.items()}
        return msgspec.json.encode({"accounts": keys, "slack_webhook_url": WEBHOOK}).decode()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Put the stand-ins where the function's own clients and connections would be."""
        minutes = str(INTERVAL // timedelta(minutes=1))
        tools = partial(wiring.tools, clock=self.clock, sleep=lambda _: None)
        with (
            in_memory(self.aws, self._http, INTERVAL_MINUTES=minutes, QUEUE_URL="due"),
            patch.object(wiring, "tools", tools),
        ):
            yield

    def dispatch(self) -> Mapping[str, Any]:
        """Run what the schedule starts; raises what the function raises, and Killed."""
        return lambda_handler({}, _Context())

    def work(self, letters: Sequence[Letter]) -> set[str]:
        """Run what messages start, and name those that are to come again; raises Killed."""
        answer = lambda_handler({"Records": [letter.record() for letter in letters]}, _Context())
        return {one["itemIdentifier"] for one in answer["batchItemFailures"]}

"""A deployment of many accounts in this process, and single invocations of the real handler on it."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import boto3
import msgspec

from budget_alert import wiring
from budget_alert.app import lambda_handler
from lab.scale.configs import INTERVAL, config
from lab.scale.edge import Edge
from lab.scale.members import Member
from lab.scale.services import MemoryClients, Published, Sent
from lab.scale.standard_queue import Letter
from lab.scale.web import POE_URL, WEBHOOK, Heard, Web
from standins.simulated_poe import SimulatedPoe
from standins.ticking import SimulatedClock

MILLISECONDS = 240_000
"""The function's time limit at an interval of five minutes, by the template."""
HIDDEN = timedelta(seconds=1442)
"""For so long the queue hides what it handed out, by the template."""
ENVIRONMENT = {
    "SECRET_ID": "secret",
    "TABLE_NAME": "ledger",
    "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "BUDGETS_PARAMETER": "/watch/budgets",
    "POE_API_URL": POE_URL,
    "INTERVAL_MINUTES": str(INTERVAL // timedelta(minutes=1)),
    "SETTLE_MINUTES": "60",
    "QUEUE_URL": "due",
}
_NOT_OURS = ("POWERTOOLS_METRICS_DISABLED", "DEFAULT_BUDGETS", "DASHBOARD_URL")


class _Context:
    """What the function asks of Lambda's context: it always has all of its time left."""

    def get_remaining_time_in_millis(self) -> int:
        return MILLISECONDS


class Deployment:
    """Everything that the function reaches, and the function; the clock moves between invocations only.

    `members` are the accounts that there ever were, by their names, `present` those that the secret names.
    """

    def __init__(
        self, team: Iterable[Member], clock: SimulatedClock, published: Published, sent: Sent, heard: Heard
    ) -> None:
        self.clock = clock
        self.edge = Edge()
        self.members = {member.name: member for member in team}
        self.present = dict(self.members)
        self.poes = {
            name: SimulatedPoe(member.rows, clock=clock, keys=[member.key])
            for name, member in self.members.items()
        }
        self.clients = MemoryClients(self.edge, self._secret(), config(), published, sent)
        keys = {self.members[name].key: poe for name, poe in self.poes.items()}
        self._web = Web(self.edge, keys, heard)

    def name_accounts(self, present: Iterable[Member]) -> None:
        """Let the secret name these accounts; a known key under a new name is the same account of Poe's."""
        self.present = {member.name: member for member in present}
        by_key = {self.members[name].key: poe for name, poe in self.poes.items()}
        self.poes |= {name: by_key[member.key] for name, member in self.present.items()}
        self.members |= self.present
        self.clients.secrets.keep(self._secret())

    def _secret(self) -> str:
        keys = {name: member.key for name, member in self.present.items()}
        return msgspec.json.encode({"accounts": keys, "slack_webhook_url": WEBHOOK}).decode()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Put the stand-ins where the function's own clients and connections would be."""
        # The function keeps its clients for as long as AWS's part of the environment stays the same.
        environment = {**ENVIRONMENT, "AWS_EXECUTION_ENV": f"scale-{id(self)}"}
        workbench = partial(wiring.workbench, clock=self.clock, sleep=_at_once)
        with (
            patch.dict(os.environ, environment),
            patch.object(boto3, "Session", lambda: self.clients),
            patch.object(wiring, "connections", self._connections),
            patch.object(wiring, "workbench", workbench),
        ):
            for name in _NOT_OURS:
                os.environ.pop(name, None)
            yield

    def dispatch(self) -> Mapping[str, Any]:
        """Run what the schedule starts; raises what the function raises, and Killed."""
        return lambda_handler({}, _Context())

    def work(self, letters: Sequence[Letter]) -> set[str]:
        """Run what messages start, and name those that are to come again; raises Killed."""
        answer = lambda_handler({"Records": [letter.record() for letter in letters]}, _Context())
        return {one["itemIdentifier"] for one in answer["batchItemFailures"]}

    @contextmanager
    def _connections(self) -> Iterator[Web]:
        yield self._web


def _at_once(_seconds: float) -> None:
    """Wait for nothing."""

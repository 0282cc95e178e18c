"""What a tick reads before it decides anything, and all that it reaches the world with."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.accounting.balance import PoeBalance
from budget_alert.accounting.counting import stored_span
from budget_alert.accounting.state import State
from budget_alert.accounting.usage import Slots
from budget_alert.accounting.walk import History, Walk
from budget_alert.config.in_force import ConfigSource, InForce, in_force
from budget_alert.credentials import Credentials
from budget_alert.deadline import Deadline
from budget_alert.errors import SecretError, WalkError
from budget_alert.ledger.ledger import Ledger
from budget_alert.messages.alerts import Severity
from budget_alert.poe.client import SecretSource
from budget_alert.policy.balances import wants_balance
from budget_alert.policy.costly import costly_from
from budget_alert.policy.told import Notes
from budget_alert.telling import Teller

SECONDS_TO_ASK = 10.0
"""Of what is kept for recording and telling, so much must be left; the question takes half of it at most."""


class Poe(History, Protocol):
    """What Poe is asked."""

    def balance(self) -> PoeBalance:
        """Give what is left on the account; raises WalkError."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tick reaches the world with."""

    account: str
    settle: timedelta
    clock: Callable[[], datetime]
    deadline: Deadline
    secret: SecretSource
    config: ConfigSource
    poe: Poe
    ledger: Ledger
    teller: Teller
    log: Logger
    meter: Callable[[Mapping[str, int]], None]


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has read before it decides; `no_secret` says why there are no credentials.

    `balance` is what Poe says is left, or why it does not say; None where it was not asked.
    `test` is the severity of the test that was asked for, None where none was.
    """

    now: datetime
    state: State
    notes: Notes
    watched: InForce
    credentials: Credentials | None
    no_secret: SecretError | None
    walk: Walk
    balance: PoeBalance | WalkError | None
    stored: Slots
    test: Severity | None


def gathered(tools: Tools, test: Severity | None = None) -> Gathered:
    """Read the ledger before the first page is asked for: its version is what all writes depend on."""
    now = tools.clock()
    state = tools.ledger.state() or State(started_at=now)
    notes = tools.ledger.notes()
    watched = in_force(tools.config, notes.config)
    credentials, no_secret = _credentials(tools.secret)
    walk = Walk(state, now, tools.settle, costly_from(watched.config))
    if credentials:
        walk.read(tools.poe, tools.deadline.may_read)
    return Gathered(
        now=now,
        state=state,
        notes=notes,
        watched=watched,
        credentials=credentials,
        no_secret=no_secret,
        walk=walk,
        balance=_balance(tools, watched, walk),
        stored=tools.ledger.slots(stored_span(walk)),
        test=test,
    )


def _credentials(secret: SecretSource) -> tuple[Credentials | None, SecretError | None]:
    try:
        return secret.read(), None
    except SecretError as error:
        return None, error


def _balance(tools: Tools, watched: InForce, walk: Walk) -> PoeBalance | WalkError | None:
    """Ask what is left, if a rule wants to know and Poe has answered the walk: nothing else waits for it."""
    if (
        not wants_balance(watched.config)
        or not walk.pages
        or walk.error
        or tools.deadline.left() < SECONDS_TO_ASK
    ):
        return None
    try:
        return tools.poe.balance()
    except WalkError as error:
        return error

"""One tick: gather, decide, apply."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.accounting.balance import PoeBalance
from budget_alert.accounting.counting import Counted, count, stored_span
from budget_alert.accounting.state import State
from budget_alert.accounting.usage import Slots
from budget_alert.accounting.walk import History, Walk
from budget_alert.config.in_force import ConfigSource, InForce, in_force
from budget_alert.credentials import Credentials
from budget_alert.deadline import Deadline
from budget_alert.delivery import Delivered
from budget_alert.errors import (
    BudgetAlertError,
    LostRaceError,
    NobodyListeningError,
    SecretError,
    WalkError,
)
from budget_alert.ledger.ledger import Ledger
from budget_alert.messages.alerts import Standing
from budget_alert.poe.client import SecretSource
from budget_alert.policy.balances import wants_balance
from budget_alert.policy.case import Case
from budget_alert.policy.claims import Claim
from budget_alert.policy.costly import costly_from
from budget_alert.policy.health import Sight, unreachable_ticks, with_health
from budget_alert.policy.judge import judge, told_keys
from budget_alert.policy.plan import planned
from budget_alert.policy.standings import present_standings
from budget_alert.policy.told import Notes
from budget_alert.policy.views import View
from budget_alert.report import Report
from budget_alert.telling import Teller, Telling


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


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written and told, and where every budget stands."""

    claim: Claim
    standings: tuple[Standing, ...] = ()


def tick(tools: Tools, *, test: bool = False) -> Report:
    """Count what was spent since the last tick, and tell what it crossed; with `test`, tell a test as well.

    Raises SecretError or the WalkError that ended the walk, after judging and telling what can be;
    LedgerError at once; NobodyListeningError when alerts wait and there is nobody to tell them to.
    """
    seen = _gathered(tools)
    counted = count(seen.walk, seen.stored)
    try:
        state = tools.ledger.record(seen.state, counted.state, seen.stored, counted.changes)
    except LostRaceError:
        return _reported(tools, Report(account=tools.account, walk=seen.walk), None)

    decided = _decided(tools, seen, counted, state, test=test)
    told, unheard = _told(tools, seen, state, decided)

    report = Report(
        account=tools.account,
        walk=seen.walk,
        counted=counted,
        told=told,
        standings=decided.standings,
        tested=test,
        unexplained=(decided.claim.notes or seen.notes).unexplained,
    )
    return _reported(tools, report, seen.no_secret or counted.error or unheard)


def _gathered(tools: Tools) -> Gathered:
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
    )


def _credentials(secret: SecretSource) -> tuple[Credentials | None, SecretError | None]:
    try:
        return secret.read(), None
    except SecretError as error:
        return None, error


def _balance(tools: Tools, watched: InForce, walk: Walk) -> PoeBalance | WalkError | None:
    """Ask what is left, if a rule wants to know and Poe has answered the walk: nothing else waits for it."""
    if not wants_balance(watched.config) or not walk.pages or walk.error or not tools.deadline.may_read():
        return None
    try:
        return tools.poe.balance()
    except WalkError as error:
        return error


def _decided(tools: Tools, seen: Gathered, counted: Counted, state: State, *, test: bool) -> Decided:
    judged = _judged(tools, seen, state, test=test)
    sight = Sight(
        no_secret=seen.no_secret,
        credentials=seen.credentials,
        walk=seen.walk,
        counted=counted,
        watched=seen.watched,
        balance=seen.balance,
        unreachable=unreachable_ticks(seen.notes.unreachable, seen.walk),
    )
    claim = with_health(judged.claim, seen.notes, sight, seen.now)
    return msgspec.structs.replace(judged, claim=claim)


def _judged(tools: Tools, seen: Gathered, state: State, *, test: bool) -> Decided:
    """Judge all that is unjudged; without a config nothing is, and the mark stays."""
    config = seen.watched.config
    if config is None:
        return Decided(claim=Claim())
    balance = seen.balance if isinstance(seen.balance, PoeBalance) else None
    plan = planned(config, seen.notes, state, seen.now, balance)
    usage = tools.ledger.usage(plan.spans(), plan.past)
    named = tools.ledger.slots(plan.named) if plan.named else {}
    views = [View(question, usage, state.gaps) for question in plan.asked]
    case = Case(
        config=config,
        plan=plan,
        views=views,
        usage=usage,
        named=named,
        told=tools.ledger.told(told_keys(config, plan, views, seen.notes, named)),
        notes=seen.notes,
        state=state,
        balance=balance,
        unreadable=seen.walk.unreadable,
        test=test,
    )
    return Decided(claim=judge(case), standings=present_standings(case))


def _told(
    tools: Tools, seen: Gathered, state: State, decided: Decided
) -> tuple[Delivered, NobodyListeningError | None]:
    """Tell; a claim that lost against another tick leaves all to that one."""
    telling = Telling(
        state=state,
        notes=seen.notes,
        claim=decided.claim,
        webhook=seen.credentials.slack_webhook_url if seen.credentials else None,
        zone=seen.watched.zone,
        now=seen.now,
        slack_unknown=seen.credentials is None,
    )
    try:
        return tools.teller.tell(telling), None
    except LostRaceError as error:
        tools.log.info("Another tick judged first", extra={"reason": str(error)})
        return Delivered(), None
    except NobodyListeningError as error:
        return Delivered(pending=error.pending, oldest=error.oldest), error


def _reported(tools: Tools, report: Report, error: BudgetAlertError | None) -> Report:
    """Log and measure a tick; raises the error that it ended with."""
    tools.log.info("Tick", extra=report.as_log())
    tools.meter(report.metrics(successful=error is None))
    if error:
        raise error
    return report

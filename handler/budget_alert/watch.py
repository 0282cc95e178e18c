"""One tick: gather, decide, apply."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from aws_lambda_powertools import Logger

from budget_alert.accounting.counting import count, stored_span
from budget_alert.accounting.state import State
from budget_alert.accounting.walk import History, Walk
from budget_alert.config.in_force import ConfigSource, InForce, in_force
from budget_alert.credentials import Credentials, Secret
from budget_alert.deadline import Deadline
from budget_alert.delivery import Delivered
from budget_alert.errors import LostRaceError, SecretError
from budget_alert.ledger.ledger import Ledger
from budget_alert.poe.client import SecretSource
from budget_alert.policy.claims import Claim
from budget_alert.policy.health import Sight, compare, findings, unreachable_ticks
from budget_alert.policy.judge import Case, judge, told_keys
from budget_alert.policy.questions import questions
from budget_alert.policy.told import Notes
from budget_alert.report import Report
from budget_alert.telling import Teller, Telling


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tick reaches the world with."""

    account: str
    settle: timedelta
    clock: Callable[[], datetime]
    deadline: Deadline
    secret: SecretSource
    config: ConfigSource
    history: History
    ledger: Ledger
    teller: Teller
    log: Logger


def tick(tools: Tools) -> Report:
    """Count what was spent since the last tick, and tell what it crossed.

    Raises SecretError or the WalkError that ended the walk, after judging and telling what can be;
    LedgerError at once; NobodyListeningError when alerts wait and there is nobody to tell them to.
    """
    now = tools.clock()
    known = tools.ledger.state() or State(started_at=now)
    notes = tools.ledger.notes()
    credentials, no_secret = _credentials(tools.secret)
    walk = _walked(tools, known, credentials, now)
    stored = tools.ledger.slots(stored_span(walk))

    counted = count(walk, stored)
    try:
        state = tools.ledger.record(known, counted.state, stored, counted.changes)
    except LostRaceError:
        return _reported(tools, Report.of(tools.account, walk))

    watched = in_force(tools.config, notes.config)
    claim = _decided(tools, state, notes, watched, now)
    sight = Sight(
        no_secret=no_secret,
        credentials=credentials,
        walk=walk,
        counted=counted,
        watched=watched,
        unreachable=unreachable_ticks(notes.unreachable, walk),
    )
    claim = _with_health(claim, notes, sight, now)
    telling = Telling(
        state=state,
        notes=notes,
        claim=claim,
        webhook=_webhook(credentials),
        zone=watched.zone,
        now=now,
    )
    told = _told(tools, telling)

    report = _reported(tools, Report.of(tools.account, walk, counted, told))
    if error := no_secret or counted.error:
        raise error
    return report


def _credentials(secret: SecretSource) -> tuple[Credentials | None, SecretError | None]:
    try:
        return secret.read(), None
    except SecretError as error:
        return None, error


def _walked(tools: Tools, known: State, credentials: Credentials | None, now: datetime) -> Walk:
    walk = Walk(known, now, tools.settle)
    return walk.read(tools.history, tools.deadline.may_read) if credentials else walk


def _decided(tools: Tools, state: State, notes: Notes, watched: InForce, now: datetime) -> Claim:
    """Judge all that is unjudged; without a config nothing is, and the mark stays."""
    if watched.config is None:
        return Claim(notes=notes)
    asked = questions(watched.config, notes.rules, state.unjudged_from, now)
    usage = tools.ledger.usage(
        (window.start, window.end) for question in asked for window in question.windows
    )
    told = tools.ledger.told(told_keys(asked, usage))
    return judge(
        Case(config=watched.config, asked=asked, usage=usage, told=told, notes=notes, state=state, now=now)
    )


def _with_health(claim: Claim, notes: Notes, sight: Sight, now: datetime) -> Claim:
    """Add what is to be told of troubles, and remember them and the config in force."""
    health = compare(notes.episodes, findings(sight), sight.watched.zone, now)
    told = msgspec.structs.replace(
        claim.notes or notes,
        episodes=health.episodes,
        config=sight.watched.text,
        unreachable=sight.unreachable,
    )
    return msgspec.structs.replace(claim, others=(*claim.others, *health.alerts), notes=told)


def _webhook(credentials: Credentials | None) -> Secret | None:
    return credentials.slack_webhook_url if credentials else None


def _told(tools: Tools, telling: Telling) -> Delivered:
    """Tell; a claim that lost against another tick leaves all to that one."""
    try:
        return tools.teller.tell(telling)
    except LostRaceError as error:
        tools.log.info("Another tick judged first", extra={"reason": str(error)})
        return Delivered()


def _reported(tools: Tools, report: Report) -> Report:
    tools.log.info("Tick", extra=report.as_dict())
    return report

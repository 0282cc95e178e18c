"""One tick: gather, decide, apply."""

import msgspec

from budget_alert.alerts import Severity
from budget_alert.delivery import Delivered
from budget_alert.errors import (
    BudgetAlertError,
    LostRaceError,
    NobodyListeningError,
    failure_of,
    reason_of,
)
from budget_alert.gathering import Gathered, gathered
from budget_alert.ledger.ledger import Heir
from budget_alert.report import Report
from budget_alert.rules.decision import Decided, Decision, Notice
from budget_alert.rules.health import Finding, Sight, passed_over, unreachable_ticks, with_health
from budget_alert.rules.members import Members, member_findings, roster_alert
from budget_alert.rules.plan import planned, present_keys
from budget_alert.rules.quiet import is_quiet
from budget_alert.secret import Keyring, fingerprint
from budget_alert.telling import Telling
from budget_alert.tools import Tools
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.combined import CombinedReading, count_combined
from budget_alert.usage.count import Counted, count
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State


def tick(tools: Tools, *, test: Severity | None = None) -> Report:
    """Count what was spent since the last tick, and tell what it crossed.

    With `test` it also tells a test of that severity. Where a channel has answered that, nothing is raised:
    the report says under `error` what else failed.

    Raises SecretError or the ScanError that ended the scan, after judging and telling what can be;
    LedgerError at once; NobodyListeningError when alerts wait and there is nobody to tell them to.
    """
    seen = gathered(tools, test)
    counted = _counted(seen)
    try:
        state = tools.ledger.record(seen.state, counted.state, seen.stored, counted.changes, counted.group)
    except LostRaceError:
        return _reported(tools, Report(account=tools.scope.account, scan=seen.scan), None)

    decided = _decided(tools, seen, counted, state)
    told, unheard = _told(tools, seen, state, decided)

    report = Report(
        account=tools.scope.account,
        scan=seen.scan,
        counted=counted,
        told=told,
        standings=decided.standings,
        tested=test is not None,
        unexplained=(decided.decision.memory or seen.memory).unexplained,
    )
    return _reported(tools, report, seen.no_secret or counted.error or unheard)


def _counted(seen: Gathered) -> Counted:
    if isinstance(seen.scan, CombinedReading):
        return count_combined(seen.scan, seen.stored, seen.members or Roster(several=True))
    return count(seen.scan, seen.stored)


def _decided(tools: Tools, seen: Gathered, counted: Counted, state: State) -> Decided:
    judged = _judged(tools, seen, state)
    sight = Sight(
        scope=tools.scope,
        no_secret=seen.no_secret,
        credentials=seen.credentials,
        scan=seen.scan,
        counted=counted,
        watched=seen.watched,
        balance=seen.balance,
        members=_members(tools, seen),
        unreachable=unreachable_ticks(seen.memory.unreachable, seen.scan),
        passed_over=passed_over(seen.memory.passed_over, tools.late, tools.interval),
        interval=tools.interval,
    )
    decision = with_health(judged.decision, seen.memory, sight, seen.now)
    return msgspec.structs.replace(judged, decision=_with_roster(decision, seen))


def _with_roster(decision: Decision, seen: Gathered) -> Decision:
    """Say who is monitored from now on and who is not any more, and remember it."""
    if seen.members == seen.roster:
        return decision
    news = roster_alert(seen.roster, seen.members, seen.watched.zone, seen.now)
    return msgspec.structs.replace(
        decision, others=(*decision.others, *([news] if news else ())), roster=seen.members
    )


def _members(tools: Tools, seen: Gathered) -> tuple[Finding, ...]:
    """Look at the accounts themselves, where the tick speaks for all and knows them."""
    if seen.credentials is None or not tools.scope.speaks_for_all:
        return ()
    if isinstance(seen.credentials, Keyring):
        states = seen.scan.accounts if isinstance(seen.scan, CombinedReading) else {}
        present = seen.members.present if seen.members else {}
        members = Members(
            seen.credentials.accounts,
            seen.credentials.misnamed,
            states,
            {name: one.since for name, one in present.items()},
            keys={name: fingerprint(key) for name, key in seen.credentials.keys.items()},
            twins={name: one.twin for name, one in present.items() if one.twin},
            sure=not any(one.is_newly_keyed(seen.now) for one in present.values()),
        )
    else:
        members = Members((tools.scope.account,))
    return tuple(member_findings(members, seen.config, seen.now, tools.interval))


def _judged(tools: Tools, seen: Gathered, state: State) -> Decided:
    """Judge all that is unjudged; without a config nothing is, and the mark stays."""
    config = seen.watched.config
    if config is None:
        return Decided()
    balance = seen.balance if isinstance(seen.balance, PoeBalance) else None
    plan = planned(config, seen.memory, state, seen.now, balance)
    if seen.nothing_asked and is_quiet(config, plan, seen.memory, seen.state):
        return Decided()
    # Most ticks are quiet, and nearly every one begins with all of its imports.
    from budget_alert.rules.judgement import judged  # noqa: PLC0415 - as said above

    heir = Heir(tools.ledger, seen.before, present_keys(plan)) if seen.before else None
    decided = judged(
        config,
        plan,
        heir or tools.ledger,
        seen.memory,
        state,
        roster=seen.members if tools.scope.together else None,
        unreadable=seen.scan.unreadable,
        test=seen.test,
        hushed=tools.scope.hushed,
    )
    decision = decided.decision
    if decision.memory and config.digest is None and seen.others_digest:
        # What was digested up to now, who speaks next must know.
        memory = msgspec.structs.replace(decision.memory, digested_until=seen.memory.digested_until)
        decision = msgspec.structs.replace(decision, memory=memory)
    if heir:
        taken = (Notice(key, told) for key, told in heir.taken.items())
        decision = msgspec.structs.replace(decision, notices=(*taken, *decision.notices))
    return msgspec.structs.replace(decided, decision=decision)


def _told(
    tools: Tools, seen: Gathered, state: State, decided: Decided
) -> tuple[Delivered, NobodyListeningError | None]:
    """Tell; a claim that lost against another tick leaves all to that one."""
    telling = Telling(
        state=state,
        memory=seen.as_read,
        decision=decided.decision,
        webhook=seen.webhook,
        zone=seen.watched.zone,
        now=seen.now,
        left=seen.left,
    )
    try:
        return tools.teller.tell(telling), None
    except LostRaceError as error:
        about = {"account": tools.scope.account, "reason": str(error)}
        tools.log.info("Another tick judged first", extra=about)
        return Delivered(), None
    except NobodyListeningError as error:
        return Delivered(pending=error.pending, oldest=error.oldest), error


def _reported(tools: Tools, report: Report, error: BudgetAlertError | None) -> Report:
    """Log and measure a tick; raises the error that it ended with, unless it was a test that was told."""
    tools.log.info("Tick", extra=report.as_log())
    successful = error is None and tools.scope.speaks_for_all
    tools.meter(report.metrics(successful=successful))
    if error is None:
        return report
    if not (report.tested and report.told.answers):
        raise error
    # A test is about the channels, and they have answered.
    tools.log.error("A tick failed", extra={"account": report.account, "reason": reason_of(error)})
    return msgspec.structs.replace(report, error=failure_of(error))

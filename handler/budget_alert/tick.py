"""One tick: gather, record, evaluate, send, report."""

import msgspec

from budget_alert.alerts import ChannelTest, Standing
from budget_alert.errors import BudgetAlertError, LostRaceError, NobodyListeningError, failure_of, reason_of
from budget_alert.gathering import gathered
from budget_alert.report import Report
from budget_alert.rules.decision import Decision, held_back
from budget_alert.rules.gathered import Gathered
from budget_alert.rules.health import with_health
from budget_alert.sending import Sent, send
from budget_alert.tools import Tools
from budget_alert.usage.combined import CombinedReading, count_combined
from budget_alert.usage.count import Counted, count
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State


def tick(tools: Tools, *, test: ChannelTest | None = None) -> Report:
    """Count what was spent since the last tick, and send what it crossed.

    With `test` it also sends a test of that severity. Where a channel has answered that, nothing is raised:
    the report says under `error` what else failed.

    Raises SecretError or the ScanError that ended the scan, after evaluating and sending what can be;
    LedgerError at once; NobodyListeningError when alerts wait and there is nobody to send them to.
    """
    seen = gathered(tools, test)
    if isinstance(seen.scan, CombinedReading):
        counted = count_combined(seen.scan, seen.stored, seen.members or Roster(several=True))
    else:
        counted = count(seen.scan, seen.stored)
    try:
        state = tools.ledger.record(seen.state, counted.state, seen.stored, counted.changes, counted.group)
    except LostRaceError:
        nothing = Counted(changes={}, state=seen.scan.state, complete=False, bots=())
        return _reported(tools, Report(account=tools.scope.account, scan=seen.scan, counted=nothing), None)

    decision, standings = _evaluated(tools, seen, state)
    decision = with_health(decision, seen, counted)
    sent, unheard = _sent(tools, seen, state, decision)

    report = Report(
        account=tools.scope.account,
        scan=seen.scan,
        counted=counted,
        alerts=sent,
        standings=standings,
        tested=test is not None,
        unexplained=(decision.memory or seen.memory).unexplained,
        held=held_back(decision.verdicts),
    )
    return _reported(tools, report, seen.no_secret or counted.error or unheard)


def _evaluated(tools: Tools, seen: Gathered, state: State) -> tuple[Decision, tuple[Standing, ...]]:
    """Evaluate, and say for the report where every budget stands: nowhere on a quiet tick."""
    asked = seen.to_evaluate(state)
    if asked is None:
        return Decision(), ()
    # Most ticks are quiet, and nearly every one begins with all of its imports.
    from budget_alert.ledger.reads import read_for  # noqa: PLC0415 - as said above
    from budget_alert.rules.budget import present_standings  # noqa: PLC0415 - as said above
    from budget_alert.rules.evaluate import evaluate  # noqa: PLC0415 - as said above

    roster = seen.members if seen.scope.together else None
    before = tools.ledger.of(seen.before) if seen.before else None
    read = read_for(asked, tools.ledger, roster, before)
    return evaluate(read), present_standings(read)


def _sent(
    tools: Tools, seen: Gathered, state: State, decision: Decision
) -> tuple[Sent, NobodyListeningError | None]:
    """Send; a decision that lost against another tick's leaves all to that one."""
    try:
        return send(tools, seen, state, decision), None
    except LostRaceError as error:
        about = {"account": tools.scope.account, "reason": str(error)}
        tools.log.info("Another tick decided first", extra=about)
        return Sent(), None
    except NobodyListeningError as error:
        return Sent(pending=error.pending, oldest=error.oldest), error


def _reported(tools: Tools, report: Report, error: BudgetAlertError | None) -> Report:
    """Log and measure a tick; raises the error that it ended with, unless it was a test that was sent."""
    tools.log.info("Tick", extra=report.as_log())
    successful = error is None and tools.scope.reports_for_all
    tools.meter(report.account, report.metrics(successful=successful))
    if error is None:
        return report
    if not (report.tested and report.alerts.answers):
        raise error
    # A test is about the channels, and they have answered.
    tools.log.error("A tick failed", extra={"account": report.account, "reason": reason_of(error)})
    return msgspec.structs.replace(report, error=failure_of(error))

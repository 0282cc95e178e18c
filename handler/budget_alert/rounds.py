"""One invocation: the tick of the only account, or those of several, in turn or through the queue."""

from collections.abc import Sequence
from typing import Any

from budget_alert.alerts import Severity
from budget_alert.errors import AccountsFailedError, failure_of, reason_of
from budget_alert.identity import TOGETHER
from budget_alert.report import Report, of_several
from budget_alert.rules.scope import Scope
from budget_alert.tick import tick
from budget_alert.workbench import Workbench

KEPT_FOR_THE_SUM = 1 / 4
"""Of the time there is, so much is left to the tick of all accounts together."""
ALL = Scope(account=TOGETHER, several=True)


def run(bench: Workbench, test: Severity | None) -> dict[str, Any]:
    """Watch every account that the secret names; `test` also tells a test of that severity.

    Raises what a tick raises where there is one account, else AccountsFailedError or FanoutError.
    """
    keyring = bench.keyring()
    if keyring is None:
        # Who told it the last time tells it now, and that it is over: all together, or the only account.
        return tick(bench.tools(ALL if bench.knows_several() else Scope()), test=test).as_dict()
    if not keyring.several:
        return tick(bench.tools(Scope()), test=test).as_dict()
    fanout = bench.fanout
    if fanout is None:
        return in_turn(bench, keyring.accounts, test)
    if test:
        return tick(bench.tools(ALL), test=test).as_dict()
    return {**of_several([], None), "queued": fanout.send(keyring.accounts)}


def in_turn(bench: Workbench, accounts: Sequence[str], test: Severity | None) -> dict[str, Any]:
    """Run the ticks of a few accounts one after the other, then the one of all together.

    Each may take its share of the time that is left then, so that a slow one leaves the others theirs. Raises
    AccountsFailedError where some failed, after all have had their tick; a test that was told names it in the
    report instead.
    """
    kept = bench.remaining() * KEPT_FOR_THE_SUM
    failed: dict[str, str] = {}
    reports = []
    for place, account in enumerate(accounts):
        seconds = (bench.remaining() - kept) / (len(accounts) - place)
        if ticked := _ticked(bench, Scope(account=account, several=True), failed, None, seconds):
            reports.append(ticked)
    together = _ticked(bench, ALL, failed, test, None)
    report, error = of_several(reports, together), AccountsFailedError(failed)
    if failed and not report.get("channels"):
        raise error
    # A test is about the channels, and they have answered.
    return {**report, "error": failure_of(error)} if failed else report


def _ticked(
    bench: Workbench, scope: Scope, failed: dict[str, str], test: Severity | None, seconds: float | None
) -> Report | None:
    try:
        return tick(bench.tools(scope, seconds), test=test)
    except Exception as error:  # noqa: BLE001 - what one account meets must not stop the others
        failed[scope.account] = reason_of(error)
    bench.log.error("A tick failed", extra={"account": scope.account, "reason": failed[scope.account]})
    return None

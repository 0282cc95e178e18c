"""A day or a week that is over -> its digest."""

from budget_alert.alerts import Digest, DigestAlert, Severity
from budget_alert.config.periods import Window
from budget_alert.identity import identity
from budget_alert.rules.balances import balance_now
from budget_alert.rules.case import Case
from budget_alert.rules.movers import changes
from budget_alert.rules.spending import money
from budget_alert.rules.standings import present_standings
from budget_alert.usage.totals import Totals

MOST_QUERIES = 3


def digest_alert(case: Case) -> DigestAlert | None:
    """Sum up the window that is due, if one is."""
    if case.plan.digest is None:
        return None
    window, earlier = case.plan.digest
    return DigestAlert(
        id=identity("digest", window.start, window.end),
        rule="digest",
        severity=Severity.INFO,
        zone=case.config.timezone,
        counted_at=case.now,
        standings=present_standings(case, outlook=True),
        digest=_digest(case, window, earlier),
        complete=case.whole(window),
        missing=case.missing(window),
    )


def _digest(case: Case, window: Window, earlier: Window) -> Digest:
    totals, previous = _totals(case, window), _totals(case, earlier)
    return Digest(
        every=case.config.digest.every if case.config.digest else "day",
        window=window,
        points=totals.points,
        queries_count=totals.queries,
        before=previous.points if case.whole(earlier) else None,
        usd=money(totals.amount, case.config.usd_per_million_points),
        bots=changes(totals, previous),
        queries=totals.largest[:MOST_QUERIES],
        unreadable=case.unreadable,
        corrected=case.state.corrected - case.memory.corrected,
        balance=balance_now(case),
        unexplained=case.reconciliation.unexplained if case.reconciliation else 0,
        daily=case.daily(case.usage),
    )


def _totals(case: Case, window: Window) -> Totals:
    return case.usage.between(window.start, window.end)

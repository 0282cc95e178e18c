"""A day or a week that is over -> its digest."""

from budget_alert.alerts import Digest, DigestAlert, Mover, Severity, Snoozed
from budget_alert.identity import identity
from budget_alert.rules.balance import balance_now
from budget_alert.rules.budget import money, present_standings
from budget_alert.rules.evaluation import Evaluation

MOST_QUERIES = 3
MOST_BOTS = 5


def digest_alert(evaluation: Evaluation) -> DigestAlert | None:
    """Sum up the window that is due, if one is."""
    if evaluation.digest is None or evaluation.config.digest is None:
        return None
    window, earlier = evaluation.digest
    usage, reconciliation = evaluation.usage, evaluation.reconciliation
    totals = usage.between(window.start, window.end)
    previous = usage.between(earlier.start, earlier.end)
    before = dict(previous.by_bot())
    return DigestAlert(
        id=identity("digest", window.start, window.end),
        rule="digest",
        severity=Severity.INFO,
        zone=evaluation.config.timezone,
        counted_at=evaluation.now,
        standings=present_standings(evaluation, outlook=True),
        digest=Digest(
            every=evaluation.config.digest.every,
            window=window,
            points=totals.points,
            queries_count=totals.queries,
            before=previous.points if evaluation.whole(earlier) else None,
            usd=money(totals.amount, evaluation.config.usd_per_million_points),
            bots=tuple(
                Mover(bot, points, before.get(bot, 0))
                for bot, points in totals.by_bot()[:MOST_BOTS]
                if points > 0
            ),
            queries=totals.largest[:MOST_QUERIES],
            unreadable=evaluation.unreadable,
            corrected=evaluation.state.corrected - evaluation.memory.corrected,
            balance=balance_now(evaluation),
            unexplained=reconciliation.unexplained if reconciliation else 0,
            daily=evaluation.daily(usage),
            snoozed={rule: Snoozed(one.until, one.by) for rule, one in evaluation.silent().items()},
        ),
        complete=evaluation.whole(window),
        missing=evaluation.missing(window),
    )

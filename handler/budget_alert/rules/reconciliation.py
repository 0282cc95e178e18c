"""What the balance fell by, against what the history explains."""

from datetime import datetime, timedelta

import msgspec

from budget_alert.usage.balance import PoeBalance

SPAN = timedelta(hours=1)
"""A difference counts only if it lasts for a whole span of this length; costs land with such delays."""


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The balance since a baseline, which every grant of points makes anew; all numbers are points.

    `since` is the instant of the baseline, `balance` and `counted` what was left then, and what had ever
    been counted. `last` is the balance as last seen, `grant_at` when the next grant is due. A span began
    at `span_began` with `span_counted` counted, the span before it with `before_counted`; `least` and
    `before_least` are the smallest differences of the two. `unexplained` is by how much more the balance
    fell than the history explains, for a span and longer; negative where it fell by less. `early` is what was
    counted in the first span, and may have been charged before the baseline.
    """

    since: datetime
    balance: int
    counted: int
    last: int
    grant_at: datetime | None
    span_began: datetime
    span_counted: int
    before_counted: int
    least: int = 0
    before_least: int = 0
    unexplained: int = 0
    early: int = 0


def reckoned(
    known: Reconciliation | None, balance: PoeBalance, counted: int, now: datetime
) -> Reconciliation:
    """Go on reckoning with the balance of now; `counted` is what was ever counted, in points."""
    if known is None or balance.points > known.last or (known.grant_at and now >= known.grant_at):
        return _baseline(balance, counted, now)
    difference = (known.balance - balance.points) - (counted - known.counted)
    begins = now - known.since <= SPAN
    # Charged before the baseline, and listed after it: no difference, however late it comes to light.
    surplus = max(-difference, 0)
    before = surplus if begins else min(surplus, known.early)
    known = msgspec.structs.replace(known, counted=known.counted + before)
    difference += before
    known = msgspec.structs.replace(
        known,
        early=counted - known.counted if begins else known.early - before,
        last=balance.points,
        grant_at=_next_grant(balance, now),
        least=_nearer_to_zero(known.least, difference),
    )
    if now - known.span_began < SPAN:
        return known
    return _span_over(known, difference, counted, now)


def _next_grant(balance: PoeBalance, now: datetime) -> datetime | None:
    """Tell when any points come next; None where Poe names no grant to come."""
    grants = (balance.next_daily_grant, balance.next_monthly_grant)
    return min((at for at in grants if at is not None and at > now), default=None)


def _baseline(balance: PoeBalance, counted: int, now: datetime) -> Reconciliation:
    return Reconciliation(
        since=now,
        balance=balance.points,
        counted=counted,
        last=balance.points,
        grant_at=_next_grant(balance, now),
        span_began=now,
        span_counted=counted,
        before_counted=counted,
    )


def _span_over(known: Reconciliation, difference: int, counted: int, now: datetime) -> Reconciliation:
    lasting = _nearer_to_zero(known.least, known.before_least)
    # What was counted meanwhile bounds what may be on its way: charged already, and not yet listed.
    on_its_way = abs(counted - known.before_counted)
    return msgspec.structs.replace(
        known,
        span_began=now,
        span_counted=counted,
        before_counted=known.span_counted,
        least=difference,
        before_least=known.least,
        unexplained=lasting if abs(lasting) > on_its_way else 0,
    )


def _nearer_to_zero(one: int, other: int) -> int:
    if (one > 0) != (other > 0):
        return 0
    return min(one, other, key=abs)

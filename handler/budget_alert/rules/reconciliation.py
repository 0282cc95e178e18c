"""What the balance fell by, against what the history explains."""

from datetime import datetime, timedelta

import msgspec

from budget_alert.instants import SLOT, slot_of
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.slots import RecordedUsage, Span

SETTLED = timedelta(hours=1)
"""So old a balance is when it is compared: what it was charged for is listed by then, with its cost."""
LONGEST = timedelta(days=31)
"""A baseline is no older, though no points are granted."""


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The balance since a baseline, which every grant of points makes anew; all numbers are points.

    `balance` was left at `since`, `seen` at `seen_at`, and `last` when Poe was asked last. The next grant is
    due at `grant_at`. `unexplained` is by how much more the balance had fallen than the history explains when
    it was compared last; negative where it had by less.
    """

    since: datetime
    balance: int
    seen_at: datetime
    seen: int
    last: int
    grant_at: datetime | None = None
    unexplained: int = 0

    @property
    def ends(self) -> datetime:
        """When the next baseline is due."""
        longest = self.since + LONGEST
        return min(self.grant_at or longest, longest)

    def due(self, now: datetime) -> tuple[Span, ...]:
        """Tell of which spans usage is needed to compare what was seen; of none where it is too early.

        The first lies between the two instants, the others around each of them.
        """
        if now - self.seen_at < SETTLED:
            return ()
        first, end = slot_of(self.since), slot_of(self.seen_at)
        return (first, end), (first - SLOT, first + SLOT), (end - SLOT, end + SLOT)

    def compared(self, usage: RecordedUsage, now: datetime) -> "Reconciliation":
        """Compare what was seen, and see what is left now.

        What was used around the two instants may have been charged before or after them: a difference that it
        explains is none.
        """
        between, *around = (usage.points(*span) for span in self.due(now))
        difference = self.balance - self.seen - between
        explained = sum(abs(points) for points in around)
        return msgspec.structs.replace(
            self, seen_at=now, seen=self.last, unexplained=difference if abs(difference) > explained else 0
        )


def noted(known: Reconciliation | None, balance: PoeBalance, now: datetime) -> Reconciliation:
    """Take note of what is left; where points were granted, or seem to have been, it is a new baseline."""
    if known is None or balance.points > known.last or now >= known.ends:
        left = balance.points
        known = Reconciliation(since=now, balance=left, seen_at=now, seen=left, last=left)
    return msgspec.structs.replace(known, last=balance.points, grant_at=_next_grant(balance, now))


def _next_grant(balance: PoeBalance, now: datetime) -> datetime | None:
    """Tell when any points come next; None where Poe names no grant to come."""
    grants = (balance.next_daily_grant, balance.next_monthly_grant)
    return min((at for at in grants if at is not None and at > now), default=None)

"""What the function remembers -> how much of the usage is counted, and how the watch itself is."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from budget_alert.ledger.outbox import Owed
from budget_alert.rules import troubles
from budget_alert.rules.notified import Memory
from budget_alert.usage.missing import by_reason
from budget_alert.usage.state import State
from poe_budget.deployed.status import AccountStatus, Coverage, Health, Trouble, Unread

MINUTE = timedelta(minutes=1)
_BEGINS = {trouble.rule: trouble.begins for trouble in troubles.Trouble}


def coverage_of(state: State, now: datetime) -> Coverage:
    """Tell what of the usage is counted at `now`."""
    return Coverage(
        since=state.started_at,
        newest_entry_at=state.cursor.at if state.cursor else None,
        completed_at=state.completed_at,
        lag_minutes=(now - (state.completed_at or state.started_at)) // MINUTE,
        gaps=tuple(Unread(gap.start, gap.end) for gap in state.gaps),
        missing=by_reason(state.holes),
    )


def health_of(memory: Memory, outbox: Iterable[Owed], account: str | None = None) -> Health:
    """Tell which troubles of an account go on, and how many alerts of its outbox wait for a channel."""
    waiting = [one.alert.counted_at for one in outbox if not one.is_sent(one.owed)]
    return Health(
        troubles=tuple(
            Trouble(
                account=account,
                trouble=name,
                since=known.since,
                words=_BEGINS.get(name, name),
                advice=" ".join(known.text.split()),
            )
            for name, known in memory.troubles.items()
            if not known.over
        ),
        waiting=len(waiting),
        waiting_since=min(waiting, default=None),
        listening=memory.listening if memory.listened_at else None,
    )


def with_members(health: Health, accounts: Iterable[AccountStatus]) -> Health:
    """Add the troubles of the accounts to those of all together, and what waits of theirs."""
    every = [health, *(one.health for one in accounts if one.health)]
    return Health(
        troubles=tuple(trouble for one in every for trouble in one.troubles),
        waiting=sum(one.waiting for one in every),
        waiting_since=min((one.waiting_since for one in every if one.waiting_since), default=None),
        listening=health.listening,
    )

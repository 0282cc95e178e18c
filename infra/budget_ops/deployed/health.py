"""What the function remembers -> how much of the usage is counted, and how the watch itself is."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from budget_alert.accounting.missing import by_reason
from budget_alert.accounting.state import State
from budget_alert.ledger.outbox import Owed
from budget_alert.policy.health import BEGINS
from budget_alert.policy.told import Notes
from budget_ops.deployed.status import Coverage, Health, Trouble, Unread

MINUTE = timedelta(minutes=1)


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


def health_of(notes: Notes, outbox: Iterable[Owed]) -> Health:
    """Tell which troubles go on, and how many alerts of the outbox still wait for a channel."""
    waiting = [one.alert.counted_at for one in outbox if not one.is_told(one.owed)]
    return Health(
        troubles=tuple(
            Trouble(
                trouble=name,
                since=episode.since,
                words=BEGINS.get(name, name),
                advice=" ".join(episode.text.split()),
            )
            for name, episode in notes.episodes.items()
            if not episode.over
        ),
        waiting=len(waiting),
        waiting_since=min(waiting, default=None),
        listening=notes.listening if notes.listened_at else None,
    )

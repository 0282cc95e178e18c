"""How much of the usage a function has counted, and how the monitor itself is."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from budget_alert.ledger.outbox import Outbox
from budget_alert.messages.times import moment
from budget_alert.messages.wording import counted
from budget_alert.rules import troubles
from budget_alert.usage.missing import Holes, by_reason
from budget_alert.usage.state import State
from poe_budget.snapshot import Remembered

MINUTE = timedelta(minutes=1)
LATE_MINUTES = 60
"""So long ago all should have been read at the latest."""
_BEGINS = {trouble.rule: trouble.begins for trouble in troubles.Trouble}


class Unread(msgspec.Struct, frozen=True):
    """A span of time that is still to be read."""

    start: datetime
    end: datetime


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What of the usage is counted.

    `since` is when the monitor, or the history, began; `completed_at` the last time that all was read, null
    before the first; `lag_minutes` how long that (or else `since`) is ago. `newest_entry_at` is null where
    there was none, or where it is not known. `missing` is what may never be counted.
    """

    since: datetime
    newest_entry_at: datetime | None
    completed_at: datetime | None
    lag_minutes: int
    gaps: tuple[Unread, ...]
    missing: Holes


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A trouble of the monitor itself that goes on; `trouble` is its name, `advice` its cause and remedy.

    `account` is whose it is, null for one that is nobody's in particular.
    """

    account: str | None = None
    trouble: str
    since: datetime
    words: str
    advice: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the monitor itself is.

    `waiting` alerts wait for a channel, the oldest since `waiting_since`; `listening` says whether anybody
    listens on the topic, null where the function has not looked yet.
    """

    troubles: tuple[Trouble, ...]
    waiting: int
    waiting_since: datetime | None
    listening: bool | None

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return not self.troubles and not self.waiting


def coverage_of(state: State, at: datetime) -> Coverage:
    """Tell what of the usage is counted at an instant."""
    return Coverage(
        since=state.started_at,
        newest_entry_at=state.cursor.at if state.cursor else None,
        completed_at=state.completed_at,
        lag_minutes=(at - (state.completed_at or state.started_at)) // MINUTE,
        gaps=tuple(Unread(gap.start, gap.end) for gap in state.gaps),
        missing=by_reason(state.holes),
    )


def health_of(known: Remembered, outbox: Outbox, account: str | None = None) -> Health:
    """Tell which troubles of an account go on, and how many alerts wait for a channel; raises LedgerError."""
    memory, since = known.memory, known.state.outbox_since
    owed = outbox.alerts(since) if since else []
    unsent = [one.alert.counted_at for one in owed if not one.is_sent(one.owed)]
    return Health(
        troubles=tuple(
            Trouble(
                account=account,
                trouble=name,
                since=trouble.since,
                words=_BEGINS.get(name, name),
                advice=" ".join(trouble.text.split()),
            )
            for name, trouble in memory.troubles.items()
            if not trouble.over
        ),
        waiting=len(unsent),
        waiting_since=min(unsent, default=None),
        listening=memory.listening if memory.listened_at else None,
    )


def waiting(health: Health, zone: str) -> Iterator[str]:
    """Say how many alerts wait for a channel, and since when; nothing where none does."""
    if health.waiting_since:
        verb = "waits" if health.waiting == 1 else "wait"
        since = moment(health.waiting_since, zone)
        yield f"{counted(health.waiting, 'alert')} {verb} for a channel, since {since}"


def with_members(health: Health, members: Iterable[Health]) -> Health:
    """Add the troubles of accounts to those of all together, and what waits of theirs."""
    every = [health, *members]
    return Health(
        troubles=tuple(trouble for one in every for trouble in one.troubles),
        waiting=sum(one.waiting for one in every),
        waiting_since=min((one.waiting_since for one in every if one.waiting_since), default=None),
        listening=health.listening,
    )

"""Alerts that wait for a channel: who is owed what, and who is sending now."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import uuid4

import msgspec

from budget_alert.alerts import Alert
from budget_alert.errors import LostRaceError
from budget_alert.instants import DAY, EPOCH
from budget_alert.ledger.items import Item, alerts_from, body_of
from budget_alert.ledger.table import Table

AFTER_ALL_ALERTS = "alert$"
"""Sorts right behind every key that begins with "alert#"."""
MOST_UNSURE = 3
"""So often an alert is sent to a channel that does not say whether it took it; then once a day."""


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in the outbox: the channels it was written for, and what became of it there.

    `unsure` holds, as `attempt` gives them, the times it was sent and nobody knows whether it arrived. After
    MOST_UNSURE of them a channel counts as one that has refused it.
    """

    key: str
    alert: Alert
    owed: frozenset[str]
    accepted: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()

    @property
    def written_at(self) -> datetime:
        """When the alert was put into the outbox."""
        return datetime.fromisoformat(self.key.split("#")[1])

    def attempts(self, channel: str) -> list[datetime]:
        """Give the instants at which a channel may have taken it, in order."""
        split = (one.split("@") for one in self.unsure)
        return sorted(datetime.fromisoformat(at) for name, at in split if name == channel)

    def may_be_sent(self, channel: str, now: datetime) -> bool:
        """Tell whether it may be sent to a channel that perhaps has it: a few times, then once a day."""
        attempts = self.attempts(channel)
        return len(attempts) < MOST_UNSURE or now - attempts[-1] >= DAY

    def waits_for(self, channels: Iterable[str]) -> frozenset[str]:
        """Tell which of today's channels still have to take the alert.

        It is owed to the channels it was written for, less those removed since. What nobody took, and
        what every one of those refused for good, is owed to all that there are.
        """
        here = frozenset(channels)
        if not self.accepted and not (self.owed & here) - self.refused:
            return here
        return (self.owed & here) - self.accepted - self.refused

    def is_told(self, channels: Iterable[str]) -> bool:
        """Tell whether somebody took the alert, and no channel of today still has to."""
        return bool(self.accepted) and not self.waits_for(channels)


class Outbox:
    """The alerts of one account that are not told everywhere yet; raises LedgerError as the ledger does."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._holder = uuid4().hex

    def of(self, account: str) -> "Outbox":
        """Give another account's."""
        return Outbox(self._table.of(account))

    def alerts(self, since: datetime) -> list[Owed]:
        """Give the alerts written at or after an instant, oldest first."""
        return [_owed(one) for one in self._table.range(alerts_from(since), AFTER_ALL_ALERTS)]

    def lease(self, channel: str, now: datetime, length: timedelta) -> bool:
        """Take the right to send to a channel for a while; False while another tick has it."""
        values = {
            ":holder": {"S": self._holder},
            ":until": {"N": str(_milliseconds(now + length))},
            ":now": {"N": str(_milliseconds(now))},
        }
        free = "attribute_not_exists(pk) OR leased_until <= :now"
        try:
            self._table.update([_lease(channel)], "SET holder = :holder, leased_until = :until", values, free)
        except LostRaceError:
            return self._holds(channel)
        return True

    def _holds(self, channel: str) -> bool:
        """Tell whether the lease is ours already: AWS's client asks again where an answer got lost."""
        stored = self._table.get(_lease(channel))
        return stored is not None and stored["holder"] == {"S": self._holder}

    def release(self, channel: str) -> None:
        """Give the right back, if it is still ours."""
        values = {":holder": {"S": self._holder}, ":until": {"N": "0"}}
        with suppress(LostRaceError):
            self._table.update([_lease(channel)], "SET leased_until = :until", values, "holder = :holder")

    def mark(
        self, alerts: Iterable[Owed], outcome: Literal["accepted", "refused", "unsure"], entry: str
    ) -> None:
        """Add to what became of alerts, at most a hundred, in one write; alerts that are gone are left out.

        The entry is the channel that has "accepted" or "refused" them, or the `attempt` that is "unsure".
        """
        keys = [one.key for one in alerts if entry not in getattr(one, outcome)]
        expression, values = f"ADD {outcome} :entry", {":entry": {"SS": [entry]}}
        try:
            if keys:
                self._table.update(keys, expression, values)
        except LostRaceError:
            # The time to live has taken one of them.
            for key in keys:
                with suppress(LostRaceError):
                    self._table.update([key], expression, values)


def attempt(channel: str, at: datetime) -> str:
    """Name an attempt to send to a channel, for an alert's `unsure`."""
    return f"{channel}@{at.isoformat()}"


def _lease(channel: str) -> str:
    return f"lease#{channel}"


def _milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def _owed(stored: Item) -> Owed:
    names = ("owed", "accepted", "refused", "unsure")
    sets = {name: frozenset(stored.get(name, {}).get("SS", ())) for name in names}
    attempts = Counter(one.partition("@")[0] for one in sets["unsure"])
    sets["refused"] |= {channel for channel, number in attempts.items() if number >= MOST_UNSURE}
    return Owed(key=stored["sk"]["S"], alert=body_of(stored, cast("type[Alert]", Alert)), **sets)

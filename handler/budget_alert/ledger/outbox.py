"""Alerts that wait for a channel: who is owed what, and who is sending now."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

import msgspec

from budget_alert.errors import LostRaceError
from budget_alert.instants import EPOCH
from budget_alert.ledger.items import Item, alerts_from, body_of
from budget_alert.ledger.table import Table
from budget_alert.messages.alerts import Alert

AFTER_ALL_ALERTS = "alert$"
"""Sorts right behind every key that begins with "alert#"."""


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in the outbox: the channels it was written for, and what became of it there."""

    key: str
    alert: Alert
    owed: frozenset[str]
    accepted: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()

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
            self._table.update(_lease(channel), "SET holder = :holder, leased_until = :until", values, free)
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
            self._table.update(_lease(channel), "SET leased_until = :until", values, "holder = :holder")

    def mark(self, alerts: Iterable[Owed], channel: str, outcome: Literal["accepted", "refused"]) -> None:
        """Remember for each alert that a channel has "accepted" or "refused" it, if it is still there."""
        for one in alerts:
            if channel not in getattr(one, outcome):
                with suppress(LostRaceError):
                    self._table.update(one.key, f"ADD {outcome} :channel", {":channel": {"SS": [channel]}})


def _lease(channel: str) -> str:
    return f"lease#{channel}"


def _milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def _owed(stored: Item) -> Owed:
    sets = {name: frozenset(stored.get(name, {}).get("SS", ())) for name in ("owed", "accepted", "refused")}
    return Owed(key=stored["sk"]["S"], alert=body_of(stored, Alert), **sets)

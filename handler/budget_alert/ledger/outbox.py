"""Alerts that wait for a channel: who is owed what, and who is sending now."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import uuid4

import msgspec

from budget_alert.alerts import Alert
from budget_alert.errors import LostRaceError
from budget_alert.instants import DAY, EPOCH
from budget_alert.ledger.items import Item, alert_key, alerts_from, body_of
from budget_alert.ledger.table import Table

AFTER_ALL_ALERTS = "alert$"
"""Sorts right behind every key that begins with "alert#"."""
MOST_UNSURE = 3
"""So often an alert is sent to a channel that does not say whether it took it; then once a day."""
SLACK, TOPIC = "slack", "sns"
"""The channels' names, as those of their troubles: a rule's own in Slack is called "slack:" and its name."""
Outcome = Literal["accepted", "refused", "unsure"]


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in the outbox: the channels it was written for, and what became of it there.

    `unsure` holds the times, as "channel@instant", at which it was sent and nobody knows whether it arrived.
    After MOST_UNSURE of them a channel counts as one that has refused it.
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

    @property
    def given_up(self) -> frozenset[str]:
        """The channels that have refused it, or have left open too often whether they took it."""
        silent = {one.partition("@")[0] for one in self.unsure}
        return self.refused | {channel for channel in silent if len(self.attempts(channel)) >= MOST_UNSURE}

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

        It is owed to the channels it was written for, less those removed since; in place of one of its own in
        Slack that is gone, or has refused it, to the main one. What nobody took, and what every one of those
        refused for good, is owed to all that there are, but to no other rule's own.
        """
        here = frozenset(channels)
        given_up = self.given_up
        lost = {name for name in self.owed if is_own(name) and (name not in here or name in given_up)}
        owed = (self.owed | ({SLACK} if lost else set())) & here
        if not self.accepted and not owed - given_up:
            return frozenset(name for name in here if not is_own(name))
        return owed - self.accepted - given_up

    def is_sent(self, channels: Iterable[str]) -> bool:
        """Tell whether somebody took the alert, and no channel of today still has to."""
        return bool(self.accepted) and not self.waits_for(channels)


def own(name: str) -> str:
    """Give what a rule's own channel in Slack is called here, by its name in the secret."""
    return f"{SLACK}:{name}"


def is_own(channel: str) -> bool:
    """Tell whether a channel is a rule's own."""
    return ":" in channel


def owed_to(alert: Alert, channels: Iterable[str]) -> list[str]:
    """Name whom an alert is owed to, of the channels that serve all: its own stand for the main one."""
    instead = {own(name) for name in alert.notify}
    return sorted({channel for channel in channels if not (instead and channel == SLACK)} | instead)


class Outbox:
    """The alerts of one account that are not sent everywhere yet; raises LedgerError as the ledger does."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.account = table.account

    def of(self, account: str) -> "Outbox":
        """Give another account's."""
        return Outbox(self._table.of(account))

    def alerts(self, since: datetime) -> list[Owed]:
        """Give the alerts written at or after an instant, oldest first."""
        return [_owed(one) for one in self._table.range(alerts_from(since), AFTER_ALL_ALERTS)]

    def alert(self, written_at: datetime, alert_id: str) -> Alert | None:
        """Give an alert, sent or not; None where it is not known (any more)."""
        stored = self._table.get(alert_key(written_at, alert_id))
        return _owed(stored).alert if stored else None

    def free(self, channels: Sequence[str], now: datetime) -> dict[str, str]:
        """Give the channels to which nobody sends now, each with its last lease; "" where there was none."""
        stored = {one["sk"]["S"]: one for one in self._table.get_many([_lease(name) for name in channels])}
        last = {name: stored.get(_lease(name)) for name in channels}
        return {
            name: one["holder"]["S"] if one else ""
            for name, one in last.items()
            if not one or int(one["leased_until"]["N"]) <= _milliseconds(now)
        }

    def lease(self, channel: str, last: str, until: datetime) -> str | None:
        """Take the right to send to a channel, and name the lease; None where another followed the `last`.

        So nobody has sent there since `last` was read, and what was read after that still holds.
        """
        holder = uuid4().hex
        values = {":holder": {"S": holder}, ":until": {"N": str(_milliseconds(until))}}
        condition = "holder = :last" if last else "attribute_not_exists(pk)"
        values |= {":last": {"S": last}} if last else {}
        try:
            expression = "SET holder = :holder, leased_until = :until"
            self._table.update([_lease(channel)], expression, values, condition)
        except LostRaceError:
            # AWS's client asks again where an answer got lost: then the lease is there already.
            stored = self._table.get(_lease(channel))
            return holder if stored and stored["holder"] == {"S": holder} else None
        return holder

    def release(self, channel: str, holder: str) -> None:
        """Give a lease back, if nobody else has taken it since."""
        values = {":holder": {"S": holder}, ":until": {"N": "0"}}
        with suppress(LostRaceError):
            self._table.update([_lease(channel)], "SET leased_until = :until", values, "holder = :holder")

    def mark(self, alerts: Iterable[Owed], channel: str, outcome: Outcome, now: datetime) -> list[Owed]:
        """Remember what became of alerts at a channel, and give them so.

        At most a hundred alerts are marked in one write; those that are gone are left out.
        """
        entry = f"{channel}@{now.isoformat()}" if outcome == "unsure" else channel
        new = [one for one in alerts if entry not in getattr(one, outcome)]
        keys, expression = [one.key for one in new], f"ADD {outcome} :entry"
        values = {":entry": {"SS": [entry]}}
        try:
            if keys:
                self._table.update(keys, expression, values)
        except LostRaceError:
            # The time to live has taken one of them.
            for key in keys:
                with suppress(LostRaceError):
                    self._table.update([key], expression, values)
        return [msgspec.structs.replace(one, **{outcome: getattr(one, outcome) | {entry}}) for one in new]


def _lease(channel: str) -> str:
    return f"lease#{channel}"


def _milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def _owed(stored: Item) -> Owed:
    names = ("owed", "accepted", "refused", "unsure")
    sets = {name: frozenset(stored.get(name, {}).get("SS", ())) for name in names}
    return Owed(key=stored["sk"]["S"], alert=body_of(stored, cast("type[Alert]", Alert)), **sets)

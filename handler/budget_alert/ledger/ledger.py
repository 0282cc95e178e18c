"""How far the account is counted, its usage, and what was told, kept in the table."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from budget_alert.identity import ALONE, TOGETHER
from budget_alert.instants import DAY, SLOT
from budget_alert.ledger.items import (
    Item,
    alert_key,
    body_of,
    day_in,
    day_key,
    day_start,
    item,
    slot_key,
    slot_start,
)
from budget_alert.ledger.table import Table
from budget_alert.ledger.writes import notice_groups, notified_items, slot_writes, slots_in
from budget_alert.rules.decision import Decision
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.succession import told_by_both
from budget_alert.usage.roster import Roster
from budget_alert.usage.slots import Day, RecordedUsage, Slots, Span, needs
from budget_alert.usage.state import State
from budget_alert.usage.totals import Group, Totals, of_key

CURSOR = "cursor"
MEMORY = "notes"
ROSTER = "roster"
"""One for all accounts, among the items of TOGETHER."""


class Ledger:
    """One account's accounting and memory.

    Every method raises LedgerError when the table fails, and every write LostRaceError when another
    tick has written since the state was read: then nothing of that transaction took effect.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def state(self) -> State | None:
        """Give how far the account is counted; None before the first tick."""
        stored = self._table.get(CURSOR)
        return body_of(stored, State) if stored else None

    def memory(self) -> Memory:
        """Give what else is remembered."""
        stored = self._table.get(MEMORY)
        return body_of(stored, Memory) if stored else Memory()

    def begun(self) -> tuple[State | None, Memory, Roster | None]:
        """Give the state, the memory and the roster of all accounts, at once.

        One of many accounts has no use for the roster, and in each of their ticks it would be most of what is
        read.
        """
        own = self._table.account
        pairs = [(own, CURSOR), (own, MEMORY)]
        pairs += [(TOGETHER, ROSTER)] if own in (TOGETHER, ALONE) else []
        found = {one["sk"]["S"]: one for one in self._table.get_pairs(pairs)}
        state = body_of(found[CURSOR], State) if CURSOR in found else None
        roster = body_of(found[ROSTER], Roster) if ROSTER in found else None
        if state and int(found.get(MEMORY, {}).get("version", {"N": "0"})["N"]) < state.noted:
            # Another tick wrote both meanwhile. A memory newer than the state do no harm: its write fails.
            return state, self.memory(), roster
        return state, body_of(found[MEMORY], Memory) if MEMORY in found else Memory(), roster

    def roster(self) -> Roster | None:
        """Give who is monitored, as the secret said when it could last be read."""
        stored = self._table.of(TOGETHER).get(ROSTER)
        return body_of(stored, Roster) if stored else None

    def last_config(self) -> str | None:
        """Give the text of the last good config, by which any account was judged."""
        known = (Ledger(self._table.of(account)).memory().config for account in (TOGETHER, ALONE))
        return next((text for text in known if text), None)

    def of(self, account: str) -> "Ledger":
        """Give another account's."""
        return Ledger(self._table.of(account))

    def slots(self, span: Span) -> dict[datetime, Totals]:
        """Give the stored quarter hours of [start, end)."""
        items = self._table.range(slot_key(span[0]), slot_key(span[1] - SLOT)) if span[0] < span[1] else ()
        return {slot_start(one): body_of(one, Totals) for one in items}

    def days(self, span: Span) -> dict[datetime, Day]:
        """Give the stored UTC days of [start, end)."""
        items = self._table.range(day_key(span[0]), day_key(span[1] - DAY)) if span[0] < span[1] else ()
        return {day_start(one): day_in(one) for one in items}

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        """Give what is needed to sum these spans: their whole days, and the slots at their edges.

        `also` names whole days to give besides.
        """
        days, edges = needs(spans)
        slots: dict[datetime, Totals] = {}
        for edge in edges:
            slots |= self.slots(edge)
        if also:
            days = (min(days[0], also[0]), max(days[1], also[1])) if days[0] < days[1] else also
        return RecordedUsage(self.days(days), slots, edges)

    def told(self, keys: Sequence[str]) -> dict[str, Notified]:
        """Give what was told under each key that has something."""
        return {one["sk"]["S"]: body_of(one, Notified) for one in self._table.get_many(keys)}

    def record(
        self, known: State, state: State, stored: Slots, changes: Slots, group: Group = of_key
    ) -> State:
        """Replace slots and their days, and move the cursor with the last of them.

        `known` is the state as it was read before the first page was asked for. Each transaction also
        keeps what is unevaluated and what is to be summed, so that a crash between two of them
        leaves nothing out, and what was ever counted.
        """
        # One after the other: made all at once, the items of a month would fill the memory.
        groups = slot_writes(self._table.account, stored, changes, group)
        last = next(groups, [])
        between = msgspec.structs.replace(known, recent_writes=state.recent_writes)
        between = between.unevaluated(state.unevaluated_from or min(changes)) if changes else between
        for following in groups:
            added = sum(_added(slot, stored, changes) for slot in slots_in(last))
            between = self._write(msgspec.structs.replace(between, counted=between.counted + added), last)
            last = following
        return self._write(msgspec.structs.replace(state, version=between.version), last)

    def apply(self, state: State, decision: Decision, owed: Iterable[str], now: datetime) -> State:
        """Write alerts, owed to channels, together with the memory that they were told.

        Where all was evaluated, the mark of what is unevaluated is cleared, with the last transaction.
        """
        owed = sorted(owed)
        since = min(state.outbox_since or now, now) if decision.alerts else state.outbox_since
        state = msgspec.structs.replace(state, outbox_since=since)
        groups = list(notice_groups(decision.notices))
        for group in groups[:-1]:
            state = self._write(state, *self._applied(Decision(notices=group), owed, now))
        if decision.evaluated:
            state = msgspec.structs.replace(state, unevaluated_from=None)
        if decision.memory is not None:
            state = msgspec.structs.replace(state, noted=state.version + 1)
        last = msgspec.structs.replace(decision, notices=groups[-1])
        return self._write(state, *self._applied(last, owed, now, state.noted))

    def waiting(self, state: State, since: datetime | None) -> State:
        """Remember when the oldest alert was written that is still owed to a channel; None where none is."""
        return self._write(msgspec.structs.replace(state, outbox_since=since), [])

    def _applied(
        self, decision: Decision, owed: list[str], now: datetime, noted: int = 0
    ) -> tuple[list[Item], list[Item]]:
        account = self._table.account
        kept = notified_items(account, decision.notices, now)
        if decision.memory is not None:
            kept.append(item(account, MEMORY, decision.memory, version=noted))
        if decision.roster is not None:
            kept.append(item(TOGETHER, ROSTER, decision.roster))
        alerts = [item(account, alert_key(now, alert.id), alert, now) for alert in decision.alerts]
        return kept, [alert | {"owed": {"SS": owed}} for alert in alerts]

    def _write(self, state: State, items: Iterable[Item], new: Iterable[Item] = ()) -> State:
        """Put items on the condition that the version is still that of `state`, and raise it."""
        raised = msgspec.structs.replace(state, version=state.version + 1)
        cursor = item(self._table.account, CURSOR, raised, version=raised.version)
        self._table.write(cursor, state.version, items, new)
        return raised


class Heir:
    """What is kept for a tick that speaks for all from now on: what the last speaker told counts as told.

    `also` are keys to look for besides those that are asked for. `taken` is what was found and has to be
    written.
    """

    def __init__(self, ledger: Ledger, before: Ledger, also: Sequence[str]) -> None:
        self._ledger = ledger
        self._before = before
        self._also = also
        self.taken: dict[str, Notified] = {}

    def slots(self, span: Span) -> dict[datetime, Totals]:
        """Give the stored quarter hours of [start, end)."""
        return self._ledger.slots(span)

    def usage(self, spans: Iterable[Span], also: Span | None = None) -> RecordedUsage:
        """Give what is needed to sum these spans."""
        return self._ledger.usage(spans, also)

    def told(self, keys: Sequence[str]) -> dict[str, Notified]:
        """Give what was told under each key that has something, by either of both."""
        every = list(dict.fromkeys((*keys, *self._also)))
        own = self._ledger.told(every)
        self.taken = told_by_both(own, self._before.told(every))
        return {**own, **self.taken}


def _added(slot: datetime, stored: Slots, changes: Slots) -> int:
    return changes[slot].points - stored.get(slot, Totals()).points

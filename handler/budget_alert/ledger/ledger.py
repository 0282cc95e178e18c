"""How far the account is counted, its usage, and what was notified, kept in the table."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from budget_alert.identity import ALONE, TOGETHER
from budget_alert.instants import DAY, SLOT, day_of
from budget_alert.ledger.items import (
    Item,
    T,
    alert_key,
    body_of,
    day_in,
    day_item,
    day_key,
    day_start,
    item,
    size_of,
    slot_item,
    slot_key,
    slot_start,
)
from budget_alert.ledger.outbox import owed_to
from budget_alert.ledger.snooze_book import SNOOZES, place_of, snoozes_in
from budget_alert.ledger.table import Table
from budget_alert.rules.decision import Decision
from budget_alert.rules.notified import Memory, Notified
from budget_alert.snoozes import Snoozes
from budget_alert.usage.combined import States
from budget_alert.usage.roster import Roster
from budget_alert.usage.slots import Day, RecordedUsage, Slots, Span, by_day, day_from, needs, steps
from budget_alert.usage.state import State
from budget_alert.usage.totals import Group, Totals, of_key

CURSOR = "cursor"
MEMORY = "notes"
ROSTER = "roster"
"""One for all accounts, among the items of TOGETHER."""
MOST_NOTICES = 35
"""Each may write two items, and some twenty more stand beside those of the last transaction."""
MOST_KEYS = 8
"""So many quarter hours are asked for by their keys, a hundred a call whosever they are; more in one query
for each account."""

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB an item,
# 100 items and 4 MB a transaction; one item of each is the cursor.
LARGEST_ITEM = 400 * 1024
MOST_ITEMS = 99
MOST_BYTES = 4 * 1024 * 1024 - LARGEST_ITEM


class Ledger:
    """One account's accounting and memory.

    Every method raises LedgerError when the table fails, and every write LostRaceError when another
    tick has written since the state was read: then nothing of that transaction took effect.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, account: str) -> "Ledger":
        """Give another account's."""
        return Ledger(self._table.of(account))

    def state(self) -> State | None:
        """Give how far the account is counted; None before the first tick."""
        return _body(self._table.get(CURSOR), State)

    def memory(self) -> Memory:
        """Give what else is remembered."""
        return _body(self._table.get(MEMORY), Memory) or Memory()

    def roster(self) -> Roster | None:
        """Give who is monitored, as the secret said when it could last be read."""
        return _body(self._table.of(TOGETHER).get(ROSTER), Roster)

    def last_config(self) -> str | None:
        """Give the text of the last good config, by which any account was evaluated."""
        known = (self.of(account).memory().config for account in (TOGETHER, ALONE))
        return next((text for text in known if text), None)

    def begun(self) -> tuple[State | None, Memory, Roster | None, Snoozes]:
        """Give the state, the memory, the roster of all accounts and the account's snoozes, at once.

        One of many accounts has no use for the roster, and in each of their ticks it would be most of what is
        read.
        """
        own = self._table.account
        pairs = [(own, CURSOR), (own, MEMORY), place_of(own)]
        pairs += [(TOGETHER, ROSTER)] if own in (TOGETHER, ALONE) else []
        found = {one["sk"]["S"]: one for one in self._table.get_pairs(pairs)}
        state, roster = _body(found.get(CURSOR), State), _body(found.get(ROSTER), Roster)
        snoozes = snoozes_in(found.get(SNOOZES))
        if state and int(found.get(MEMORY, {}).get("version", {"N": "0"})["N"]) < state.noted:
            # Another tick wrote both meanwhile. A memory newer than the state does no harm: its write fails.
            return state, self.memory(), roster, snoozes
        return state, _body(found.get(MEMORY), Memory) or Memory(), roster, snoozes

    def slots(self, span: Span) -> dict[datetime, Totals]:
        """Give the stored quarter hours of [start, end)."""
        items = self._table.range(slot_key(span[0]), slot_key(span[1] - SLOT)) if span[0] < span[1] else ()
        return {slot_start(one): body_of(one, Totals) for one in items}

    def states(self, accounts: Sequence[str]) -> States:
        """Tell how far each of several accounts is counted."""
        found = {one["pk"]["S"]: one for one in self._table.get_pairs([(each, CURSOR) for each in accounts])}
        return {account: _body(found.get(account), State) for account in accounts}

    def slots_of(self, accounts: Sequence[str], span: Span) -> Iterator[tuple[str, datetime, Totals]]:
        """Give the quarter hours of [start, end) of several accounts, with the account's name."""
        if span[1] - span[0] > MOST_KEYS * SLOT:
            for account in accounts:
                for slot, totals in self.of(account).slots(span).items():
                    yield account, slot, totals
            return
        keys = [slot_key(slot) for slot in steps(*span, SLOT)]
        for one in self._table.get_pairs([(account, key) for account in accounts for key in keys]):
            yield one["pk"]["S"], slot_start(one), body_of(one, Totals)

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

    def notified(self, keys: Sequence[str]) -> dict[str, Notified]:
        """Give what was notified under each key that has something."""
        return {one["sk"]["S"]: body_of(one, Notified) for one in self._table.get_many(keys)}

    def record(
        self, known: State, state: State, stored: Slots, changes: Slots, group: Group = of_key
    ) -> State:
        """Replace slots and their days, and move the cursor with the last of them.

        `known` is the state as it was read before the first page was asked for. Each transaction also
        keeps what is unevaluated and what is to be summed, so that a crash between two of them leaves nothing
        out.
        """
        # One after the other: made all at once, the items of a month would fill the memory.
        groups = slot_writes(self._table.account, stored, changes, group)
        last = next(groups, [])
        between = msgspec.structs.replace(known, recent_writes=state.recent_writes)
        between = between.unevaluated(state.unevaluated_from or min(changes)) if changes else between
        for following in groups:
            between, last = self._write(between, last), following
        return self._write(msgspec.structs.replace(state, version=between.version), last)

    def apply(self, state: State, decision: Decision, owed: Iterable[str], now: datetime) -> State:
        """Write alerts, owed to channels, together with the memory that they were sent.

        Where all was evaluated, the mark of what is unevaluated is cleared, with the last transaction.
        """
        since = min(state.outbox_since or now, now) if decision.alerts else state.outbox_since
        state = msgspec.structs.replace(state, outbox_since=since)
        notices, owed = decision.notices, sorted(owed)
        while len(notices) > MOST_NOTICES:
            part = Decision(notices=notices[:MOST_NOTICES])
            state = self._write(state, *self._items(part, owed, now))
            notices = notices[MOST_NOTICES:]
        if decision.evaluated:
            state = msgspec.structs.replace(state, unevaluated_from=None)
        if decision.memory is not None:
            state = msgspec.structs.replace(state, noted=state.version + 1)
        last = msgspec.structs.replace(decision, notices=notices)
        return self._write(state, *self._items(last, owed, now, state.noted))

    def waiting(self, state: State, since: datetime | None) -> State:
        """Remember when the oldest alert was written that is still owed to a channel; None where none is."""
        return self._write(msgspec.structs.replace(state, outbox_since=since), [])

    def _items(
        self, decision: Decision, owed: list[str], now: datetime, noted: int = 0
    ) -> tuple[list[Item], list[Item]]:
        """Make the items of a decision: what is remembered, as its last notice leaves it, and new alerts."""
        account = self._table.account
        notified = {notice.key: notice.notified for notice in decision.notices}
        kept = [item(account, key, value, now) for key, value in notified.items()]
        if decision.memory is not None:
            kept.append(item(account, MEMORY, decision.memory, version=noted))
        if decision.roster is not None:
            kept.append(item(TOGETHER, ROSTER, decision.roster))
        alerts = [
            item(account, alert_key(now, alert.id), alert, now) | {"owed": {"SS": owed_to(alert, owed)}}
            for alert in decision.alerts
        ]
        return kept, alerts

    def _write(self, state: State, items: Iterable[Item], new: Iterable[Item] = ()) -> State:
        """Put items on the condition that the version is still that of `state`, and raise it."""
        raised = msgspec.structs.replace(state, version=state.version + 1)
        cursor = item(self._table.account, CURSOR, raised, version=raised.version)
        self._table.write(cursor, state.version, items, new)
        return raised


def _body(stored: Item | None, kind: type[T]) -> T | None:
    return body_of(stored, kind) if stored else None


def slot_writes(account: str, stored: Slots, changes: Slots, group: Group = of_key) -> Iterator[list[Item]]:
    """Give the items of changed slots and their days, oldest first, a transaction each.

    Days are not parted where a transaction holds them. `stored` holds every slot of the days that change;
    a transaction's day is the sum of its slots as they are once it is written.
    """
    days = dict(by_day(stored))
    whole_days = (part for _, day in by_day(changes) for part in _joined(_single(account, day)))
    for items in _joined(whole_days):
        changed = dict.fromkeys(map(day_of, sorted(items)))
        for slot in items:
            days.setdefault(day_of(slot), {})[slot] = changes[slot]
        yield [*items.values(), *(day_item(account, day, day_from(days[day], day, group)) for day in changed)]


def _single(account: str, changes: Slots) -> Iterator[dict[datetime, Item]]:
    for slot, totals in changes.items():
        yield {slot: slot_item(account, slot, totals)}


def _joined(parts: Iterable[dict[datetime, Item]]) -> Iterator[dict[datetime, Item]]:
    """Join neighbours, items of slots by their start, for as long as one transaction holds them."""
    joined: dict[datetime, Item] = {}
    for part in parts:
        if joined and not _fits({**joined, **part}):
            yield joined
            joined = {}
        joined = {**joined, **part}
    if joined:
        yield joined


def _fits(items: dict[datetime, Item]) -> bool:
    """Tell whether one transaction holds the items of slots and those of their days, however large."""
    days, size = len(set(map(day_of, items))), sum(map(size_of, items.values()))
    return len(items) + days <= MOST_ITEMS and size + days * LARGEST_ITEM <= MOST_BYTES

"""A ledger that has watched a made-up account for a while."""

from collections.abc import Iterator
from datetime import timedelta

from budget_alert.instants import DAY, SLOT, day_of, from_micros, slot_of
from budget_alert.ledger.items import Item, day_item, day_key, item, slot_item, slot_key
from budget_alert.usage.slots import day_from
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Totals
from lab.bench.usage import Account

NAME = "default"


def ledger_of(account: Account, days: int) -> Iterator[Item]:
    """Give the items of a table that has counted an account up to a quarter of an hour ago.

    It holds so many whole UTC days, and today. Every quarter hour has the same usage, by every bot: it is
    how much there is that counts.
    """
    totals = Totals.of(account.entries(max(account.per_slot, account.bots))).bounded()
    today, end = day_of(account.shown), slot_of(account.shown)
    yield item(NAME, "cursor", _state(account, days), version=1)
    whole = {today + place * SLOT: totals for place in range(DAY // SLOT)}
    slot, day = slot_item(NAME, today, totals), day_item(NAME, today, day_from(whole, today))
    for start in (today - back * DAY for back in range(1, days + 1)):
        yield day | {"sk": {"S": day_key(start)}}
        yield from (slot | {"sk": {"S": slot_key(start + place * SLOT)}} for place in range(DAY // SLOT))
    begun = {start: totals for start in whole if start < end}
    yield day_item(NAME, today, day_from(begun, today))
    yield from (slot | {"sk": {"S": slot_key(start)}} for start in begun)


def _state(account: Account, days: int) -> State:
    newest = account.row(account.unseen + account.per_slot)
    created = from_micros(newest["creation_time"])
    return State(
        started_at=created - timedelta(days=days),
        version=1,
        cursor=Cursor(newest["creation_time"], newest["query_id"]),
        settled_until=created - timedelta(hours=1),
        completed_at=created,
        audited_at=created - timedelta(hours=2),
    )

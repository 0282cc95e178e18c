"""How a write is cut into transactions that DynamoDB takes, each of them right by itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from budget_alert.instants import day_of
from budget_alert.ledger.items import Item, day_item, size_of, slot_item
from budget_alert.usage.slots import Slots, by_day, day_from
from budget_alert.usage.totals import Group, of_key

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB an item,
# 100 items and 4 MB a transaction; one item of each is the cursor.
LARGEST_ITEM = 400 * 1024
MOST_ITEMS = 99
MOST_BYTES = 4 * 1024 * 1024 - LARGEST_ITEM


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

"""How a write is cut into transactions that DynamoDB takes, each of them right by itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from budget_alert.instants import day_of
from budget_alert.ledger.items import Item, day_item, size_of, slot_item
from budget_alert.usage.slots import Slots, by_day, day_from
from budget_alert.usage.totals import Group, of_key

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB an item,
# 100 items and 4 MB a transaction; one item of each is the cursor.
LARGEST_ITEM = 400 * 1024
MOST_ITEMS = 99
MOST_BYTES = 4 * 1024 * 1024 - LARGEST_ITEM


class _Chunk(msgspec.Struct, frozen=True):
    """Items of slots by their start, and their bytes."""

    items: dict[datetime, Item]
    size: int

    def __add__(self, other: "_Chunk") -> "_Chunk":
        return _Chunk({**self.items, **other.items}, self.size + other.size)

    def fits(self) -> bool:
        """Tell whether one transaction holds the items and those of their days, however large."""
        days = len({day_of(slot) for slot in self.items})
        return len(self.items) + days <= MOST_ITEMS and self.size + days * LARGEST_ITEM <= MOST_BYTES


def slot_writes(account: str, stored: Slots, changes: Slots, group: Group = of_key) -> Iterator[list[Item]]:
    """Give the items of changed slots and their days, oldest first, a transaction each.

    Days are not parted where a transaction holds them. `stored` holds every slot of the days that change;
    a transaction's day is the sum of its slots as they are once it is written.
    """
    days = dict(by_day(stored))
    for chunk in _chunks(part for _, day in by_day(changes) for part in _chunks(_single(account, day))):
        for slot in chunk.items:
            days.setdefault(day_of(slot), {})[slot] = changes[slot]
        changed = sorted({day_of(slot) for slot in chunk.items})
        yield [
            *chunk.items.values(),
            *(day_item(account, day, day_from(days[day], day, group)) for day in changed),
        ]


def _single(account: str, changes: Slots) -> Iterator[_Chunk]:
    for slot, totals in changes.items():
        made = slot_item(account, slot, totals)
        yield _Chunk({slot: made}, size_of(made))


def _chunks(parts: Iterable[_Chunk]) -> Iterator[_Chunk]:
    """Join neighbours for as long as they fit."""
    chunk = _Chunk({}, 0)
    for part in parts:
        if chunk.items and not (chunk + part).fits():
            yield chunk
            chunk = part
        else:
            chunk += part
    if chunk.items:
        yield chunk

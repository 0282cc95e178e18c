"""How a write is cut into transactions that DynamoDB takes, each of them right by itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from budget_alert.alerts import Alert
from budget_alert.instants import day_of
from budget_alert.items import Item, day_item, item, size_of, slot_item
from budget_alert.state import State
from budget_alert.told import Notes, Told
from budget_alert.usage import Slots, by_day, day_from

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB an item,
# 100 items and 4 MB a transaction; one item of each is the cursor.
LARGEST_ITEM = 400 * 1024
MOST_ITEMS = 99
MOST_BYTES = 4 * 1024 * 1024 - LARGEST_ITEM
MOST_STEPS = 40


class Step(msgspec.Struct, frozen=True):
    """What is remembered as told under a key, and the alert that tells it, if anything is to be told."""

    key: str
    told: Told
    alert: Alert | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick writes before anything is sent: what counts as told, other alerts, changed notes.

    `judged` says that every budget was judged up to now.
    """

    steps: tuple[Step, ...] = ()
    others: tuple[Alert, ...] = ()
    notes: Notes | None = None
    judged: bool = False

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert of the claim."""
        return (*(step.alert for step in self.steps if step.alert is not None), *self.others)

    def matters(self, state: State) -> bool:
        """Whether writing the claim changes anything."""
        return bool(self.steps or self.others or self.notes or (self.judged and state.unjudged_from))


def slot_writes(account: str, stored: Slots, changes: Slots) -> Iterator[list[Item]]:
    """Give the items of changed slots and their days, oldest first, as few transactions as hold them.

    `stored` holds every slot of the days that change. A transaction's day is the sum of its slots as
    they are once it is written, also where a day needs several.
    """
    days = dict(by_day(stored))
    for group in _groups(account, changes):
        for slot in group:
            days.setdefault(day_of(slot), {})[slot] = changes[slot]
        changed = sorted({day_of(slot) for slot in group})
        yield [*group.values(), *(day_item(account, day, day_from(days[day], day)) for day in changed)]


def _groups(account: str, changes: Slots) -> Iterator[dict[datetime, Item]]:
    group: dict[datetime, Item] = {}
    size, days = 0, set[datetime]()
    for slot in sorted(changes):
        made = slot_item(account, slot, changes[slot])
        size, days = size + size_of(made), days | {day_of(slot)}
        if group and not _fit(len(group) + 1, size, len(days)):
            yield group
            group, size, days = {}, size_of(made), {day_of(slot)}
        group[slot] = made
    if group:
        yield group


def _fit(slots: int, size: int, days: int) -> bool:
    """Tell whether slots of a size and their days, however large, fit into one transaction."""
    return slots + days <= MOST_ITEMS and size + days * LARGEST_ITEM <= MOST_BYTES


def step_groups(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Cut the steps of a claim into groups, a transaction each; at least one, though it be empty."""
    for first in range(0, max(len(steps), 1), MOST_STEPS):
        yield steps[first : first + MOST_STEPS]


def told_items(account: str, steps: Iterable[Step], expires_from: datetime) -> list[Item]:
    """Make one item for each key of the steps, as the last step leaves it."""
    last = {step.key: step.told for step in steps}
    return [item(account, key, told, expires_from) for key, told in last.items()]

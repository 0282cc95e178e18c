"""What a ledger keeps, as strategies; and a table in memory for laws that take many tries."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from budget_alert.instants import DAY, SLOT, day_of
from budget_alert.ledger.items import Item
from budget_alert.ledger.ledger import Ledger
from budget_alert.rules.notified import Crossing, Notified
from budget_alert.usage.missing import Gap
from budget_alert.usage.slots import day_from
from budget_alert.usage.state import Cursor, State
from budget_alert.usage.totals import Amount, Dimensions, Totals
from standins.dynamodb import WRITES, DynamoDB
from standins.memory_aws import Killed
from tests.support.tables import MemoryTable

START = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
FOUR_DAYS = (START, START + 4 * DAY)


def totals(points: int, bot: str = "Claude-Opus-4.5") -> Totals:
    """Make the totals of one query."""
    return Totals({Dimensions(bot, "API", "ci"): Amount(points, 1, 0, points)})


numbers = st.integers(-(10**15), 10**15)
parts = st.builds(Dimensions, *(st.text(max_size=12),) * 3)
spends = st.builds(Amount, numbers, st.integers(0, 10**6), numbers, numbers)
all_totals = st.dictionaries(parts, spends, max_size=4).map(Totals)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds carry no zone there
slots = st.integers(0, 4 * 96 - 1).map(lambda number: START + number * SLOT)
plain_totals = st.builds(totals, st.integers(-5, 50), st.sampled_from("abc"))
changes = st.dictionaries(slots, plain_totals, min_size=1, max_size=12)
rich_changes = st.dictionaries(slots, all_totals, min_size=1, max_size=5)
gaps = st.builds(
    lambda start, length, **more: Gap(start=start, end=start + (length + 1) * SLOT, **more),
    slots,
    st.integers(0, 50),
    after=st.none() | st.text(min_size=1, max_size=20),
    seen_down_to=st.none() | st.integers(0, 10**16),
    partial=all_totals,
    found_again=st.booleans(),
)
states = st.builds(
    State,
    started_at=instants,
    cursor=st.none() | st.builds(Cursor, st.integers(0, 10**16), st.text(max_size=20)),
    gaps=st.lists(gaps, max_size=3).map(tuple),
    settled_until=st.none() | instants,
    incomplete_since=st.none() | instants,
    completed_at=st.none() | instants,
    unevaluated_from=st.none() | instants,
    outbox_since=st.none() | instants,
)
shares = st.fractions(0, 5, max_denominator=1000)
crossings = st.builds(
    Crossing,
    points=st.integers(0, 1000),
    share=shares,
    notified_at=instants,
    window_end=instants,
    rearmed_at=st.none() | instants,
)
any_notified = st.lists(crossings, max_size=5).map(lambda found: Notified(tuple(found)))


@lru_cache
def long_totals(count: int) -> Totals:
    """Make a totals of so many parts, each with large numbers and three patternless names of 120 bytes."""
    chance = Random(count)  # noqa: S311 - made-up names, no secrets
    names = iter(lambda: b64encode(chance.randbytes(90)).decode(), None)
    spend = Amount(10**13, 1000, 10**13, 10**13)
    return Totals({Dimensions(next(names), next(names), next(names)): spend for _ in range(count)})


def quarter_hours(count: int, first: datetime = START) -> dict[datetime, Totals]:
    """Make a totals for each of so many slots in a row."""
    return {first + n * SLOT: totals(n + 1) for n in range(count)}


def notified_at(points: int, share: Fraction = Fraction(1)) -> Notified:
    """Make the memory of one threshold, notified for the window that ends at midnight."""
    return Notified((Crossing(points=points, share=share, notified_at=NOW, window_end=START + 3 * DAY),))


def in_bytes(made: Item) -> int:
    """Measure an item as DynamoDB does, without indexes.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in made.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    if "N" in value:
        return (len(value["N"]) + 1) // 2 + 2
    if "B" in value:
        return len(value["B"])
    texts = value["SS"] if "SS" in value else [value["S"]]
    return sum(len(text.encode()) for text in texts)


def assert_days_equal_their_slots(ledger: Ledger) -> None:
    """Compare every day that is stored, within FOUR_DAYS, with the slots that are."""
    stored = ledger.slots(FOUR_DAYS)
    days = ledger.days(FOUR_DAYS)
    assert set(days) == {day_of(slot) for slot in stored}
    for start, day in days.items():
        assert day == day_from({slot: stored[slot] for slot in stored if day_of(slot) == start}, start)


class KillingTable(MemoryTable):
    """A table that kills who writes once more than `writes_left` allows."""

    def __init__(self) -> None:
        super().__init__(DynamoDB(through=self._counted))
        self.writes_left: int | None = None

    def _counted(self, operation: str, _: Mapping[str, Any], work: Callable[[], Item]) -> Item:
        if operation in WRITES and self.writes_left is not None:
            if not self.writes_left:
                raise Killed
            self.writes_left -= 1
        return work()

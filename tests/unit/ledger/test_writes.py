"""Transactions that DynamoDB takes, each of them right by itself."""

from datetime import datetime

import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.instants import DAY, SLOT
from budget_alert.ledger.items import Item, slot_start
from budget_alert.ledger.ledger import LARGEST_ITEM, slot_writes
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory
from budget_alert.usage.slots import Slots
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals
from tests.support.ledgers import (
    NOW,
    START,
    in_bytes,
    long_totals,
    notified_at,
    quarter_hours,
)
from tests.support.made_messages import alert

MIB = 1024 * 1024
sizes = st.dictionaries(
    st.integers(0, 3 * 96 - 1).map(lambda number: START + number * SLOT),
    st.sampled_from([1, 500, 1000]).map(long_totals),
    max_size=30,
)


def written(changed: Slots) -> list[list[Item]]:
    """Give the transactions of a change."""
    return list(slot_writes("default", {}, changed))


@settings(max_examples=20)
@given(changed=sizes)
def test_large_slots_stay_below_the_limits(changed: Slots) -> None:
    """However large slots and days are, DynamoDB takes each transaction, with the largest cursor."""
    transactions = written(changed)
    for items in transactions:
        assert len(items) <= 99
        assert max(map(in_bytes, items)) <= LARGEST_ITEM
        assert sum(map(in_bytes, items)) + LARGEST_ITEM <= 4 * MIB
    slots = [one for items in transactions for one in items if one["sk"]["S"].startswith("slot#")]
    assert [slot_start(one) for one in slots] == sorted(changed)


SIZES: dict[str, tuple[Slots, int]] = {
    "nothing": ({}, 0),
    "a slot": (quarter_hours(1), 1),
    "a day": (quarter_hours(96), 1),
    "a day and a slot": (quarter_hours(97), 1),
    "and two": (quarter_hours(98), 2),
    "two days": (quarter_hours(2 * 96), 2),
    "over midnight": (quarter_hours(8, START + DAY - 4 * SLOT), 1),
    "nine days": ({START + n * DAY: Totals() for n in range(9)}, 1),
    "ten": ({START + n * DAY: Totals() for n in range(10)}, 2),
}


@pytest.mark.parametrize(("changed", "transactions"), SIZES.values(), ids=SIZES)
def test_as_few_transactions_as_hold_it(changed: Slots, transactions: int) -> None:
    """Days stay whole, and what fits into one transaction goes together, room left for days of any size."""
    assert len(written(changed)) == transactions


@pytest.mark.parametrize(
    ("decision", "since", "matters"),
    [
        (Decision(), NOW, False),
        (Decision(evaluated=True), NOW, True),
        (Decision(evaluated=True), None, False),
        (Decision(notices=(Notice("k", notified_at(1)),)), NOW, True),
        (Decision(others=(alert(),)), NOW, True),
        (Decision(memory=Memory()), NOW, True),
    ],
)
def test_a_decision_that_changes_nothing_is_not_written(
    decision: Decision, since: datetime | None, *, matters: bool
) -> None:
    """Only notices, alerts, memory or a mark to clear, where there is one, are worth a transaction."""
    assert decision.matters(State(started_at=NOW, unevaluated_from=since)) is matters

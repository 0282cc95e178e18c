"""Transactions that DynamoDB takes, each of them right by itself."""

from datetime import datetime

import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.instants import DAY, SLOT, day_of
from budget_alert.ledger.items import Item, body_of, day_start, slot_start
from budget_alert.ledger.ledger import LARGEST_ITEM, slot_writes
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory
from budget_alert.usage.slots import Day, Slots, day_from
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals
from tests.support.ledgers import (
    NOW,
    START,
    changes,
    in_bytes,
    long_totals,
    notified_at,
    plain_totals,
    quarter_hours,
)
from tests.support.made_messages import alert

MIB = 1024 * 1024
many_changes = st.dictionaries(
    st.integers(0, 30 * 96 - 1).map(lambda number: START + number * SLOT), plain_totals, max_size=400
)
sizes = st.dictionaries(
    st.integers(0, 3 * 96 - 1).map(lambda number: START + number * SLOT),
    st.sampled_from([1, 500, 1000]).map(long_totals),
    max_size=30,
)


def written(stored: Slots, changed: Slots) -> list[list[Item]]:
    """Give the transactions of a change."""
    return list(slot_writes("default", stored, changed))


def slots_in(items: list[Item]) -> dict[datetime, Totals]:
    """Read the slots of a transaction."""
    return {slot_start(one): body_of(one, Totals) for one in items if one["sk"]["S"].startswith("slot#")}


def days_in(items: list[Item]) -> dict[datetime, Day]:
    """Read the days of a transaction."""
    return {day_start(one): body_of(one, Day) for one in items if one["sk"]["S"].startswith("day#")}


def assert_dynamodb_takes(transactions: list[list[Item]]) -> None:
    """Hold each transaction to DynamoDB's limits, with a cursor of the largest size beside it."""
    for items in transactions:
        assert len(items) <= 99
        assert max(map(in_bytes, items)) <= LARGEST_ITEM
        assert sum(map(in_bytes, items)) + LARGEST_ITEM <= 4 * MIB


@given(stored=changes, changed=many_changes)
def test_each_transaction_is_right_by_itself(stored: Slots, changed: Slots) -> None:
    """After any of them every day it touched equals its slots, and all together are the change, once."""
    after, seen = dict(stored), list[datetime]()
    transactions = written(stored, changed)
    assert_dynamodb_takes(transactions)
    for items in transactions:
        after |= slots_in(items)
        seen += slots_in(items)
        assert set(days_in(items)) == {day_of(slot) for slot in slots_in(items)}
        for start, day in days_in(items).items():
            assert day == day_from({slot: after[slot] for slot in after if day_of(slot) == start}, start)
    assert seen == sorted(changed)
    assert after == {**stored, **changed}


@settings(max_examples=20)
@given(changed=sizes)
def test_large_slots_stay_below_the_limits(changed: Slots) -> None:
    """However large slots and days are, no transaction is above 4 MB."""
    transactions = written({}, changed)
    assert_dynamodb_takes(transactions)
    assert sorted(slot for items in transactions for slot in slots_in(items)) == sorted(changed)


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
    assert len(written({}, changed)) == transactions


def test_the_alerts_of_a_decision_are_those_of_its_notices_and_the_others() -> None:
    """Notices that are only remembered bring none."""
    one, other = alert(id="a"), alert(id="b")
    decision = Decision(
        notices=(Notice("k", notified_at(1)), Notice("k", notified_at(2), one)), others=(other,)
    )
    assert decision.alerts == (one, other)


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

"""Transactions that DynamoDB takes, each of them right by itself."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budget_alert.instants import DAY, SLOT, day_of
from budget_alert.ledger.items import Item, body_of, day_start, slot_start
from budget_alert.ledger.writes import LARGEST_ITEM, notice_groups, notified_items, slot_writes
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.notified import Memory, Notified
from budget_alert.usage.slots import Day, Slots, day_from
from budget_alert.usage.state import State
from budget_alert.usage.totals import Totals
from tests.support.ledgers import (
    NOW,
    START,
    changes,
    in_bytes,
    long_totals,
    plain_totals,
    quarter_hours,
    told,
)
from tests.support.telling import alert

MIB = 1024 * 1024
many_changes = st.dictionaries(
    st.integers(0, 30 * 96 - 1).map(lambda number: START + number * SLOT), plain_totals, max_size=400
)
sizes = st.dictionaries(
    st.integers(0, 3 * 96 - 1).map(lambda number: START + number * SLOT),
    st.sampled_from([1, 500, 1000]).map(long_totals),
    max_size=30,
)
step_lists = st.lists(
    st.builds(Notice, st.sampled_from("abc"), st.integers(1, 50).map(told), st.none() | st.just(alert())),
    max_size=100,
).map(tuple)


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


@pytest.mark.parametrize(
    ("changed", "transactions"),
    [
        ({}, 0),
        (quarter_hours(1), 1),
        (quarter_hours(96), 1),
        (quarter_hours(97), 1),
        (quarter_hours(98), 2),
        (quarter_hours(2 * 96), 2),
        (quarter_hours(8, START + DAY - 4 * SLOT), 1),
        ({START + n * DAY: Totals() for n in range(9)}, 1),
        ({START + n * DAY: Totals() for n in range(10)}, 2),
    ],
    ids=[
        "nothing",
        "a slot",
        "a day",
        "a day and a slot",
        "and two",
        "two days",
        "over midnight",
        "nine days",
        "ten",
    ],
)
def test_as_few_transactions_as_hold_it(changed: Slots, transactions: int) -> None:
    """Days stay whole, and what fits into one transaction goes together, room left for days of any size."""
    assert len(written({}, changed)) == transactions


@given(notices=step_lists)
def test_steps_are_cut_in_order(notices: tuple[Notice, ...]) -> None:
    """All of them, in order, at most forty at a time; at least one group, for the cursor's sake."""
    groups = list(notice_groups(notices))
    assert [notice for group in groups for notice in group] == list(notices)
    assert 1 <= len(groups) <= max(1, -(-len(notices) // 40))
    assert max(map(len, groups)) <= 40


@given(notices=step_lists)
def test_what_is_told_matches_the_alerts_of_its_group(notices: tuple[Notice, ...]) -> None:
    """Each group's told record is that of its last step for the key: no alert of a later group is in it."""
    for group in notice_groups(notices):
        kept = {one["sk"]["S"]: body_of(one, Notified) for one in notified_items("default", group, NOW)}
        assert kept == {key: [s.told for s in group if s.key == key][-1] for key in {s.key for s in group}}


def test_a_claims_alerts_are_those_of_its_steps_and_the_others() -> None:
    """Steps that only remember bring none."""
    one, other = alert(id="a"), alert(id="b")
    decision = Decision(notices=(Notice("k", told(1)), Notice("k", told(2), one)), others=(other,))
    assert decision.alerts == (one, other)


@pytest.mark.parametrize(
    ("decision", "matters"),
    [
        (Decision(), False),
        (Decision(evaluated=True), True),
        (Decision(notices=(Notice("k", told(1)),)), True),
        (Decision(others=(alert(),)), True),
        (Decision(memory=Memory()), True),
    ],
)
def test_a_claim_that_changes_nothing_is_not_written(decision: Decision, *, matters: bool) -> None:
    """Only steps, alerts, notes or a mark to clear are worth a transaction."""
    assert decision.matters(State(started_at=NOW, unevaluated_from=NOW)) is matters


def test_a_judgement_of_nothing_new_is_not_written() -> None:
    """Where nothing was marked as unjudged, there is no mark to clear."""
    assert Decision(evaluated=True).matters(State(started_at=NOW)) is False

"""Values <-> items: the shapes that others rely on, and what comes back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import given, strategies as st

from budget_alert.alerts import Alert
from budget_alert.errors import LedgerError
from budget_alert.ledger.items import (
    alert_key,
    alerts_from,
    body_of,
    day_in,
    day_key,
    day_start,
    item,
    size_of,
    slot_item,
    slot_key,
    slot_start,
)
from budget_alert.ledger.ledger import LARGEST_ITEM
from budget_alert.rules.notified import Notified
from budget_alert.usage.slots import Day
from budget_alert.usage.state import State
from budget_alert.usage.totals import MOST_DIMENSIONS, Amount, Dimensions, Totals
from tests.support.alerts_made import ALERTS
from tests.support.ledgers import (
    NOW,
    START,
    all_totals,
    any_notified,
    in_bytes,
    instants,
    slots,
    states,
    totals,
)

AT = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
days = st.builds(Day, all_totals, st.lists(st.integers(), min_size=96, max_size=96).map(tuple))


def changed(key: str = "slot#2026-11-22T10:15Z", **attributes: Any) -> dict[str, Any]:
    """Make a slot's item and change some of its attributes; None takes one away."""
    made = {**slot_item("default", AT, totals(7)), "sk": {"S": key}, **attributes}
    return {name: value for name, value in made.items() if value is not None}


def test_a_slot_has_the_shape_of_the_contract() -> None:
    """Others find quarter hours by their key and read points and queries as numbers."""
    assert slot_item("default", AT, totals(7)) == {
        "pk": {"S": "default"},
        "sk": {"S": "slot#2026-11-22T10:15Z"},
        "points": {"N": "7"},
        "queries": {"N": "1"},
        "schema": {"N": "4"},
        "body": {"S": '{"parts":[[["Claude-Opus-4.5","API","ci"],[7,1,0,7]]]}'},
        "expires_at": {"N": "1829902500"},
    }
    assert datetime.fromtimestamp(1829902500, UTC) == AT + timedelta(days=400)


def test_keys_are_in_utc() -> None:
    """Whatever the zone of an instant, its key is that of UTC; what no instant is given for never expires."""
    local = AT.astimezone(TOKYO)
    assert slot_key(local) == "slot#2026-11-22T10:15Z"
    assert day_key(datetime(2026, 11, 22, 3, tzinfo=TOKYO)) == "day#2026-11-21"
    assert alert_key(local, "a1") == "alert#2026-11-22T10:15:00.000000Z#a1"
    assert "expires_at" not in item("default", "cursor", State(started_at=NOW), version=3)


@given(one=instants, other=instants)
def test_alerts_sort_by_when_they_were_written(one: datetime, other: datetime) -> None:
    """A range of keys from an instant on holds the alerts written since, whatever their ids."""
    assert (alert_key(one, "z") < alerts_from(other)) == (one < other)


KINDS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Totals, all_totals),
    (Day, days),
    (State, states),
    (Notified, any_notified),
    (Alert, ALERTS),
]


@given(st.data())
@pytest.mark.parametrize(("kind", "values"), KINDS)
def test_values_come_back(kind: Any, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """Hostile names, refunds, exact fractions and money, and instants to the microsecond."""
    value = data.draw(values)
    assert body_of(item("default", "anything", value, NOW), kind) == value


def test_a_sum_of_any_size_is_kept() -> None:
    """Sums beyond 64 bits come back exactly."""
    assert body_of(slot_item("default", START, totals(10**30)), Totals) == totals(10**30)


@given(value=all_totals, start=slots)
def test_sizes_are_estimated_from_above(value: Totals, start: datetime) -> None:
    """The estimate is never below what DynamoDB counts, and little above."""
    made = slot_item("default", start, value)
    assert in_bytes(made) <= size_of(made) <= in_bytes(made) + 256


@pytest.mark.parametrize("filler", ["x", '"', "\x01", "é", "\U0001f525"])
def test_the_most_parts_with_the_longest_names_fit_into_an_item(filler: str) -> None:
    """Whatever bots are called and however much they cost, DynamoDB takes a slot, and gives it back."""
    names = [
        (f"{n:04}" + filler * 120).encode()[:120].decode(errors="ignore") for n in range(MOST_DIMENSIONS)
    ]
    worst = Totals({Dimensions(name, name, name): Amount(*[10**15] * 4) for name in names})
    made = slot_item("default", START, worst)
    assert in_bytes(made) <= size_of(made) < LARGEST_ITEM
    assert body_of(made, Totals) == worst


@pytest.mark.parametrize(
    "stored",
    [
        changed(body={"S": "not JSON"}),
        changed(body={"S": '{"bot": 1}'}),
        changed(body={"S": '[[["Claude","API",""],["many"]]]'}),
        changed(body={"S": "7"}),
        changed(body={"N": "7"}),
        changed(body=None),
        changed(packed={"B": b"not zlib"}),
        changed(schema={"S": "1"}),
        changed(schema={"N": "1.5"}),
    ],
)
def test_an_item_that_something_else_changed_is_named(stored: dict[str, Any]) -> None:
    """It raises a ledger error with its key and what to do, and without its content."""
    with pytest.raises(LedgerError, match="item slot#2026-11-22T10:15Z cannot be read") as caught:
        body_of(stored, Totals)
    assert "delete the item" in str(caught.value)
    assert "Claude" not in str(caught.value)


UNREADABLE: list[tuple[Callable[[], object], str]] = [
    *((partial(slot_start, changed(key)), key) for key in ("slot#", "slot#2026-11-22T10:15", "slot#today")),
    (partial(slot_start, changed("slot#2026-13-01T00:00Z")), "slot#2026-13-01T00:00Z"),
    (partial(day_start, changed("day#2026-02-30")), "day#2026-02-30"),
    *(
        (partial(body_of, item("default", "told#a", {"marks": [{"share": share}]}), Notified), "told#a")
        for share in ("1/0", "half", "")
    ),
]


@pytest.mark.parametrize(("read", "key"), UNREADABLE)
def test_a_key_that_is_no_instant_and_an_impossible_share_are_named(
    read: Callable[[], object], key: str
) -> None:
    """What somebody else put among the slots, the days or what was notified is a ledger error."""
    with pytest.raises(LedgerError, match=f"{key} cannot be read"):
        read()


@pytest.mark.parametrize("schema", ["5", "10"])
def test_a_newer_item_is_refused(schema: str) -> None:
    """What a newer version wrote is not read by an older one, which says so."""
    with pytest.raises(LedgerError, match="written by a newer version: deploy that version again"):
        body_of(changed(schema={"N": schema}), Totals)


def test_hours_of_an_older_day_are_spread_over_their_quarters() -> None:
    """Until schema 3 a day held its 24 hours: their sums stay exact, refunds too."""
    hours = [7, 8, -5, 0, 10**20 + 1] + [0] * 19
    body = f'{{"total":{{"parts":[]}},"hours":{hours}}}'
    for schema in ("1", "2"):
        found = day_in(changed("day#2026-11-22", schema={"N": schema}, body={"S": body}))
        assert found.quarters[:12] == (1, 2, 2, 2, 2, 2, 2, 2, -2, -1, -1, -1)
        assert [sum(found.quarters[at : at + 4]) for at in range(0, 96, 4)] == hours


@pytest.mark.parametrize("body", [1j, date, Fraction])
def test_only_values_that_come_back_are_written(body: object) -> None:
    """A value that no item can hold is a defect, and is never written as something else."""
    with pytest.raises(NotImplementedError):
        item("default", "cursor", body)
    with pytest.raises(NotImplementedError):
        body_of(item("default", "cursor", "1"), complex)

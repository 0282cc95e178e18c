"""Answers to the question for the balance: what is read, what is left out, and what is no answer."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from budget_alert.config.billing import Cycle
from budget_alert.errors import UnreadableAnswerError
from budget_alert.instants import to_micros
from budget_alert.poe.fields import LARGEST_COST, LATEST_MICROS
from budget_alert.poe.wire import LATEST, parse_balance
from budget_alert.usage.entries import PoeBalance

BEGAN = datetime(2026, 10, 17, 11, 35, tzinfo=UTC)
NEXT = datetime(2026, 11, 17, 11, 35, 0, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)
WHOLE = {
    "current_point_balance": 1500,
    "plan_points_balance": 1000,
    "addon_point_balance": 500,
    "total_balance_usd": "0.05",
    "points_cycle_start_time": to_micros(BEGAN),
    "next_daily_grant_time": to_micros(MIDNIGHT),
    "next_daily_grant_amount": 3000,
    "next_monthly_grant_time": to_micros(NEXT),
    "next_monthly_grant_amount": 1_000_000,
    "auto_recharge": {"enabled": True, "status": "enabled", "threshold_points": 10},
}
BALANCE = PoeBalance(
    points=1500,
    cycle_start=BEGAN,
    next_daily_grant=MIDNIGHT,
    next_monthly_grant=NEXT,
    daily_grant=3000,
    monthly_grant=1_000_000,
    auto_recharge=True,
)


def read(**answer: Any) -> PoeBalance:
    """Read an answer of these fields."""
    return parse_balance(json.dumps(answer).encode())


def with_points(**answer: Any) -> PoeBalance:
    """Read an answer of these fields beside a balance of 7 points."""
    return read(current_point_balance=7, **answer)


def test_an_answer_is_read() -> None:
    """Every field arrives, its time to the microsecond; of all only the documented one is needed."""
    assert read(**WHOLE) == BALANCE
    assert read(current_point_balance=1500) == PoeBalance(points=1500)


@pytest.mark.parametrize(
    ("given", "points"),
    [
        *((spelling, 7) for spelling in (7, 7.0, "7", "7.0", "7e0")),
        *((points, points) for points in (0, -1, -LARGEST_COST, LARGEST_COST)),
    ],
)
def test_whole_balances_are_read_in_any_spelling(given: object, points: int) -> None:
    """One may be empty or negative: the last query may cost more than was left."""
    assert read(current_point_balance=given).points == points


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ({"plan_points_balance": 5, "addon_point_balance": "2"}, 7),
        ({"plan_points_balance": 5}, 5),
        ({"addon_point_balance": 5, "plan_points_balance": None}, 5),
        ({"current_point_balance": None, "plan_points_balance": -5, "addon_point_balance": 2}, -3),
        ({"current_point_balance": "many", "plan_points_balance": 5, "addon_point_balance": 2}, 7),
        ({"current_point_balance": 1, "plan_points_balance": "?", "addon_point_balance": 2}, 1),
    ],
)
def test_the_parts_stand_for_a_missing_sum(answer: dict[str, Any], points: int) -> None:
    """Where the sum is not named, plan and bought points make it; either alone counts as it is."""
    assert read(**answer).points == points


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"error": {"type": "authentication_error"}},
        *(
            {"current_point_balance": points}
            for points in (None, "many", True, 1.5, LARGEST_COST + 1, 10**400, [7], {"points": 7})
        ),
        {"plan_points_balance": 5, "addon_point_balance": "?"},
        {"plan_points_balance": {}, "addon_point_balance": 5},
    ],
)
def test_an_answer_that_names_no_balance_is_an_error(answer: dict[str, Any]) -> None:
    """Nothing is guessed, and no part stands for the whole where the other cannot be read."""
    with pytest.raises(UnreadableAnswerError, match=r"names no balance.*next tick.*newer version.*remove"):
        read(**answer)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no such JSON"),
        (b"{", "no such JSON"),
        (b"null", "no such JSON"),
        (b"7", "no such JSON"),
        (b"[]", "no such JSON"),
        (b" \n<html>", "web page"),
        (b'{"current_point_balance": 7} trailing', "no such JSON"),
        (b'{"current_point_balance": NaN}', "no such JSON"),
        (b'{"current_point_balance": ' + b"9" * 1_000_000 + b"}", "names no balance"),
        (b'{"current_point_balance": 1e400}', "names no balance"),
        (b'{"current_point_balance": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "no such JSON"),
        ('{"current_point_balance": 7}'.encode("utf-16"), "no such JSON"),
        (b'{"current_point_balance": 7, "x": "\\ud83d', "no such JSON"),
    ],
)
def test_what_is_no_answer_is_an_error(body: bytes, words: str) -> None:
    """An answer that is no object of JSON as a whole says so, and what to do."""
    with pytest.raises(UnreadableAnswerError, match=rf"{words}.*next tick tries again.*newer version"):
        parse_balance(body)


def test_half_a_character_spoils_nothing() -> None:
    """A text cut in mid-character, in a field or as its name, leaves the rest readable."""
    body = rb'{"current_point_balance": "7", "\ud83d": "\ud83d", "next_monthly_grant_amount": "\udc00"}'
    assert parse_balance(body) == PoeBalance(points=7)


INSTANTS = ["points_cycle_start_time", "next_daily_grant_time", "next_monthly_grant_time"]
AMOUNTS = ["next_daily_grant_amount", "next_monthly_grant_amount"]


@pytest.mark.parametrize("field", [*INSTANTS, *AMOUNTS])
@pytest.mark.parametrize(
    "garbage", [None, True, "", "soon", "2026-11-17", 1.5, [], [1], {}, -1, 0, "0", 10**19, 10**400]
)
def test_an_optional_field_that_cannot_be_read_is_left_out(field: str, garbage: object) -> None:
    """A grant that Poe names in another way is not known; the balance is."""
    assert with_points(**{field: garbage}) == PoeBalance(points=7)


@pytest.mark.parametrize("literal", [b"1e400", b"9" * 5000, b'"\xff"', b'{"a": 1e400}'])
@pytest.mark.parametrize("field", [*INSTANTS, *AMOUNTS, "auto_recharge", "new"])
def test_what_no_machine_can_hold_is_left_out(field: str, literal: bytes) -> None:
    """So is what cannot even be decoded; of a switch it is known only that it is there."""
    body = json.dumps({"current_point_balance": 7, field: "X"}).encode().replace(b'"X"', literal)
    on = field == "auto_recharge" and literal.startswith(b"{")
    assert parse_balance(body) == PoeBalance(points=7, auto_recharge=on)


@pytest.mark.parametrize("field", INSTANTS)
@pytest.mark.parametrize("micros", [to_micros(LATEST), LATEST_MICROS])
def test_an_instant_at_the_end_of_time_is_none(field: str, micros: int) -> None:
    """Every instant that is believed can be written in every zone, and has a month after it."""
    assert with_points(**{field: micros}) == PoeBalance(points=7)
    assert with_points(**{field: to_micros(LATEST) - 1}) != PoeBalance(points=7)


@pytest.mark.parametrize("every", ["daily", "monthly"])
def test_a_grant_of_no_points_is_none(every: str) -> None:
    """Poe may name an instant at which nothing comes."""
    answer = {f"next_{every}_grant_time": to_micros(NEXT), f"next_{every}_grant_amount": 0}
    assert with_points(**answer) == PoeBalance(points=7)


@pytest.mark.parametrize("name", ["next_{}_grant_amount", "{}_grant_amount", "{}_grant_points"])
def test_amounts_are_found_by_several_names(name: str) -> None:
    """What Poe calls the amounts is the least sure of all its names."""
    balance = with_points(**{name.format("daily"): 30, name.format("monthly"): "100"})
    assert (balance.daily_grant, balance.monthly_grant) == (30, 100)


OFF = [{"enabled": False, "status": "never_enabled"}, {"enabled": None}, {"enabled": "true"}]


@pytest.mark.parametrize(
    ("setting", "on"),
    [
        *((setting, True) for setting in ({"enabled": True}, {}, {"threshold_points": 10}, True)),
        *((setting, False) for setting in (*OFF, False, None, "on", 1, [])),
    ],
)
def test_auto_recharge(setting: object, *, on: bool) -> None:
    """Points are bought by themselves where the setting is there, and not switched off."""
    assert with_points(auto_recharge=setting).auto_recharge is on


@pytest.mark.parametrize(
    ("grants", "cycle"),
    [
        ({}, None),
        ({"cycle_start": BEGAN}, None),
        ({"next_daily_grant": MIDNIGHT, "cycle_start": BEGAN}, Cycle()),
        ({"next_monthly_grant": NEXT}, Cycle(NEXT)),
        ({"next_monthly_grant": NEXT, "cycle_start": BEGAN}, Cycle(NEXT, BEGAN)),
        ({"next_monthly_grant": NEXT, "next_daily_grant": MIDNIGHT}, Cycle(NEXT)),
    ],
)
def test_the_cycle_follows_the_grants(grants: dict[str, Any], cycle: Cycle | None) -> None:
    """The monthly grant makes the cycle, without it the daily one, and without both there is none."""
    assert PoeBalance(points=7, **grants).cycle == cycle


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ANSWERS = st.fixed_dictionaries({}, optional={name: ANYTHING | st.just(WHOLE[name]) for name in WHOLE})


def is_bounded_or_none(body: bytes) -> bool:
    """Tell whether an answer names no balance, or one that can be stored and sent."""
    try:
        balance = parse_balance(body)
    except UnreadableAnswerError:
        return True
    instants = (balance.cycle_start, balance.next_daily_grant, balance.next_monthly_grant)
    return (
        abs(balance.points) <= 2 * LARGEST_COST
        and all(instant is None or instant < LATEST for instant in instants)
        and all(0 < (amount or 1) <= LARGEST_COST for amount in (balance.daily_grant, balance.monthly_grant))
    )


@given(ANSWERS | ANYTHING)
def test_json_is_a_balance_or_the_one_error(answer: object) -> None:
    """Whatever JSON arrives, it is a balance within bounds, or the one error that says it is none."""
    assert is_bounded_or_none(json.dumps(answer).replace("NaN", "0").replace("Infinity", "0").encode())


@given(st.binary() | st.binary().map(lambda junk: json.dumps(WHOLE).encode().replace(b"enabled", junk)))
def test_bytes_are_a_balance_or_the_one_error(body: bytes) -> None:
    """So are whatever bytes arrive."""
    assert is_bounded_or_none(body)

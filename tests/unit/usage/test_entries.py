"""Rows of the history: which are read, which are left out and counted, and what of them is kept."""

from typing import Any

import pytest

from budget_alert.poe.fields import LATEST_MICROS, LONGEST_NAME_BYTES
from budget_alert.poe.wire import parse_page
from budget_alert.usage.entries import Entry
from tests.support.poe_rows import ENTRY, REQUIRED, ROW, body, row


def only(**changed: Any) -> Entry | None:
    """Read a page of one such row; give its entry, None where it was left out and counted."""
    page = parse_page(body(row(**changed)))
    assert len(page.entries) + page.unreadable == 1
    return page.entries[0] if page.entries else None


def test_a_row_is_read() -> None:
    """A row with what Poe documents is an entry."""
    assert only() == ENTRY


def test_optional_fields_are_read() -> None:
    """The price and the name of the key are kept where a row brings them."""
    entry = only(cost_usd="0.12", api_key_name="ci")
    assert entry
    assert (entry.usd_micros, entry.api_key) == (120_000, "ci")


@pytest.mark.parametrize(
    ("usage_type", "names", "used_for"),
    [
        ("Chat", {"chat_name": "Tax"}, "Tax"),
        ("Canvas App", {"canvas_tab_name": "Plan"}, "Plan"),
        ("Canvas App", {"canvas_tab_name": "Plan", "chat_name": "Tax"}, "Plan"),
        ("Canvas App", {"chat_name": "Tax"}, "Tax"),
        ("Chat", {"canvas_tab_name": "Plan", "chat_name": "Tax"}, "Tax"),
        ("Chat", {"canvas_tab_name": "Plan"}, ""),
        ("API", {"api_key_name": "ci"}, ""),
        ("API", {"chat_name": None}, ""),
    ],
)
def test_what_points_were_used_for(usage_type: str, names: dict[str, Any], used_for: str) -> None:
    """An entry names the canvas tab of a Canvas App, and else the chat, where its row names one."""
    entry = only(usage_type=usage_type, **names)
    assert entry
    assert entry.used_for == used_for


def test_unknown_fields_are_ignored() -> None:
    """Whatever else an answer or a row holds, today or later, changes nothing."""
    more = {"cost_breakdown_in_points": {"Input": "12 points"}, "plan": "x", "new": [{"a": None}]}
    assert parse_page(body(row(**more), length=99, object="list")).entries == (ENTRY,)


def test_times_are_microseconds() -> None:
    """The last microsecond is not lost, not even in a number that no float can hold."""
    assert only(creation_time=LATEST_MICROS) == Entry(LATEST_MICROS, "q", "Claude", "API", "", 12, None)


@pytest.mark.parametrize("cost", [12, 12.0, "12", "12.0", "1.2e1"])
def test_whole_costs_are_read_in_any_spelling(cost: object) -> None:
    """How Poe writes a whole number does not matter."""
    assert only(cost_points=cost) == ENTRY


@pytest.mark.parametrize("literal", [b"1.2e1", b"12.000", b"120E-1"])
def test_whole_costs_are_read_in_the_spellings_of_json(literal: bytes) -> None:
    """JSON itself has several ways to write a whole number."""
    assert parse_page(body(row(cost_points="X")).replace(b'"X"', literal)).entries == (ENTRY,)


@pytest.mark.parametrize(("cost", "points"), [(-5, -5), ("-5.0", -5), (0, 0)])
def test_negative_costs_are_kept(cost: object, points: int) -> None:
    """A refund is an entry like any other, with its sign."""
    entry = only(cost_points=cost)
    assert entry
    assert entry.points == points


@pytest.mark.parametrize(
    "cost", [True, False, 1.5, None, "", "abc", "NaN", [], {}, 10**16, 10**400, "1e999999999"]
)
def test_another_cost_makes_its_row_unreadable(cost: object) -> None:
    """What is no whole number is left out and counted; nothing is guessed."""
    assert only(cost_points=cost) is None


@pytest.mark.parametrize(
    "literal", [b"1e400", b"9" * 5000, b"-1e400", b"0.5", b"9" * 1_000_000, b"[" * 50 + b"]" * 50]
)
def test_a_hostile_literal_makes_its_row_unreadable(literal: bytes) -> None:
    """Numbers that no machine holds are no costs either, and cost no time."""
    page = parse_page(body(row(cost_points="X"), row(query_id="good")).replace(b'"X"', literal))
    assert (page.unreadable, [entry.query_id for entry in page.entries]) == (1, ["good"])


@pytest.mark.parametrize("field", REQUIRED)
@pytest.mark.parametrize("value", [None, [], {}, True])
def test_a_required_field_of_another_kind_makes_its_row_unreadable(field: str, value: object) -> None:
    """Each of Poe's required fields has to be what Poe documents."""
    assert only(**{field: value}) is None


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_makes_its_row_unreadable(field: str) -> None:
    """A row that lacks a required field is left out, and the ones around it are read."""
    lacking = {name: value for name, value in ROW.items() if name != field}
    page = parse_page(body(ROW, lacking, row(query_id="r")))
    assert (page.unreadable, [entry.query_id for entry in page.entries]) == (1, ["q", "r"])


@pytest.mark.parametrize("other", [1, "row", None, [], True, {}])
def test_what_is_no_row_is_left_out(other: object) -> None:
    """Anything may stand among the rows; it is counted as unreadable."""
    page = parse_page(body(ROW, other))
    assert (page.entries, page.unreadable, page.last_id) == ((ENTRY,), 1, "q")


@pytest.mark.parametrize("garbage", [None, True, [], {"a": 1}, "abc", "NaN", "9e999999", "1" * 99])
def test_garbage_in_an_optional_field_does_not_spoil_its_row(garbage: object) -> None:
    """What nobody documents may hold anything: the points count all the same."""
    entry = only(cost_usd=garbage)
    assert entry
    assert (entry.points, entry.usd_micros) == (12, None)
    assert only(api_key_name=garbage if not isinstance(garbage, str) else None) == ENTRY


OPTIONAL = ["cost_usd", "api_key_name", "chat_name", "canvas_tab_name"]
UNDECODABLE = [b"1e400", b"9" * 5000, b'"\xff"', b'{"a": 1e400}', b"[" * 900 + b"]" * 900]


@pytest.mark.parametrize("field", OPTIONAL)
@pytest.mark.parametrize(
    "literal", UNDECODABLE, ids=["number", "digits", "encoding", "nested number", "deep"]
)
def test_an_optional_field_that_cannot_be_decoded_does_not_spoil_its_row(field: str, literal: bytes) -> None:
    """What no machine can hold counts as absent where nobody documents the field; the others are read."""
    names = dict.fromkeys(OPTIONAL, "1") | {field: "X"}
    page = parse_page(body(row(usage_type="Canvas App", **names)).replace(b'"X"', literal))
    (entry,) = page.entries
    kept = dict.fromkeys(OPTIONAL, "1") | {field: None}
    assert entry == only(usage_type="Canvas App", **kept)


@pytest.mark.parametrize("garbage", [None, True, 7, 1.5, [], ["x"], {"a": 1}])
def test_garbage_for_a_chat_or_canvas_tab_names_none(garbage: object) -> None:
    """What is no text names nothing, and its row counts."""
    assert only(chat_name=garbage, canvas_tab_name=garbage) == ENTRY


@pytest.mark.parametrize("field", ["bot_name", "usage_type", "api_key_name", "chat_name"])
def test_half_a_character_is_replaced(field: str) -> None:
    """A name cut in mid-character spoils neither its row nor the page; pairs and escaped slashes stay."""
    name = r"\ud83d\ude00 \ud83d \ude00 \\ud83d \uD83D"
    page = parse_page(body(row(**{field: "X"}), row(query_id="r")).replace(b'"X"', f'"{name}"'.encode()))
    first = page.entries[0]
    assert "\U0001f600 \ufffd \ufffd \\ud83d \ufffd" in (
        first.bot,
        first.usage_type,
        first.api_key,
        first.used_for,
    )
    assert [entry.query_id for entry in page.entries] == ["q", "r"]


@pytest.mark.parametrize(
    "name", ["", "\x00", "<!channel>", "a\nb", "\u202egnp.exe", "😀" * 400, "'; DROP TABLE"]
)
def test_hostile_names_are_only_bounded(name: str) -> None:
    """What a name means to a channel is the channel's business; here it keeps its characters."""
    entry = only(bot_name=name, usage_type=name, api_key_name=name, chat_name=name)
    assert entry
    assert entry.bot == entry.usage_type == entry.api_key == entry.used_for
    assert entry.bot.split("…")[0] == name[: len(entry.bot.split("…")[0])]
    assert len(entry.bot.encode()) <= LONGEST_NAME_BYTES

"""Pages of the history: which rows are read, what of them is kept, where the list goes on and ends."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from budget_alert.errors import UnreadableAnswerError
from budget_alert.poe.fields import LARGEST_COST, LATEST_MICROS, LONGEST_ID_BYTES, LONGEST_NAME_BYTES
from budget_alert.poe.wire import parse_page
from budget_alert.usage.entries import Entry, Page

ROW = {
    "creation_time": 1763800000000001,
    "bot_name": "Claude",
    "query_id": "q",
    "usage_type": "API",
    "cost_points": 12,
}
ENTRY = Entry(1763800000000001, "q", "Claude", "API", "", 12, None)
REQUIRED = sorted(ROW)
OPTIONAL = ["cost_usd", "api_key_name", "chat_name", "canvas_tab_name"]


def body(*rows: Any, **more: Any) -> bytes:
    """Give an answer with these rows, the last one unless told otherwise."""
    return json.dumps({"has_more": False, "data": list(rows)} | more).encode()


def row(**changed: Any) -> dict[str, Any]:
    """Give a good row with other values in some fields."""
    return ROW | changed


def literal_in(field: str, literal: bytes, *others: Any, **changed: Any) -> Page:
    """Read a page of a row that holds bytes in a field, and of others."""
    return parse_page(body(row(**changed, **{field: "X"}), *others).replace(b'"X"', literal))


def only(**changed: Any) -> Entry | None:
    """Read a page of one such row; give its entry, None where it was left out and counted."""
    page = parse_page(body(row(**changed)))
    assert len(page.entries) + page.unreadable == 1
    return page.entries[0] if page.entries else None


def test_a_row_is_read() -> None:
    """A row with what Poe documents is an entry; price and key are kept where it brings them."""
    assert only() == ENTRY
    priced = Entry(ENTRY.created, "q", "Claude", "API", "ci", 12, 120_000)
    assert only(cost_usd="0.12", api_key_name="ci") == priced


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


@pytest.mark.parametrize("literal", ["12.0", '"12"', '"12.0"', '"1.2e1"', "1.2e1", "12.000", "120E-1"])
def test_whole_costs_are_read_in_any_spelling(literal: str) -> None:
    """How Poe writes a whole number does not matter, and JSON itself has several ways."""
    assert literal_in("cost_points", literal.encode()).entries == (ENTRY,)


@pytest.mark.parametrize(("cost", "points"), [(-5, -5), ("-5.0", -5), (0, 0)])
def test_negative_costs_are_kept(cost: object, points: int) -> None:
    """A refund is an entry like any other, with its sign."""
    assert parse_page(body(row(cost_points=cost))).entries[0].points == points


NO_COSTS: list[Any] = [True, False, 1.5, None, "", "abc", "NaN", [], {}, 10**16, 10**400, "1e999999999"]
OF_ANOTHER_KIND: list[Any] = [None, [], {}, True]
NO_LITERALS = [b"1e400", b"9" * 5000, b"-1e400", b"0.5", b"9" * 1_000_000, b"[" * 50 + b"]" * 50]
NO_ROWS: list[Any] = [
    *(row(cost_points=cost) for cost in NO_COSTS),
    *(row(**{field: value}) for field in REQUIRED for value in OF_ANOTHER_KIND),
    *({name: value for name, value in ROW.items() if name != field} for field in REQUIRED),
    *(1, "row", None, [], True, {}),
]


@pytest.mark.parametrize(
    "spoiled",
    [*(json.dumps(one).encode() for one in NO_ROWS)]
    + [json.dumps(row(cost_points="X")).encode().replace(b'"X"', literal) for literal in NO_LITERALS],
    ids=lambda spoiled: f"{spoiled[-120:]}",
)
def test_what_is_no_row_is_left_out_and_counted(spoiled: bytes) -> None:
    """Nothing is guessed of a row that lacks what Poe documents, and the rows around it are read at once."""
    page = parse_page(body(ROW, "X", row(query_id="r")).replace(b'"X"', spoiled))
    assert (page.unreadable, [entry.query_id for entry in page.entries]) == (1, ["q", "r"])


@pytest.mark.parametrize(
    "garbage", [None, True, False, [], ["0.12"], {}, {"a": 1}, "abc", "NaN", "9e999999", "1" * 99]
)
def test_garbage_in_an_optional_field_does_not_spoil_its_row(garbage: object) -> None:
    """What nobody documents may hold anything: the points count all the same."""
    assert only(cost_usd=garbage) == ENTRY
    name = None if isinstance(garbage, str) else garbage
    assert only(api_key_name=name, chat_name=name, canvas_tab_name=name) == ENTRY


@pytest.mark.parametrize("field", OPTIONAL)
@pytest.mark.parametrize(
    "literal", [b"1e400", b"9" * 5000, b'"\xff"', b'{"a": 1e400}', b"[" * 900 + b"]" * 900]
)
def test_an_optional_field_that_cannot_be_decoded_does_not_spoil_its_row(field: str, literal: bytes) -> None:
    """What no machine can hold counts as absent where nobody documents the field; the others are read."""
    others = {name: "1" for name in OPTIONAL if name != field} | {"usage_type": "Canvas App"}
    assert literal_in(field, literal, **others).entries == (only(**others),)


@pytest.mark.parametrize("field", ["bot_name", "usage_type", "api_key_name", "chat_name"])
def test_half_a_character_is_replaced(field: str) -> None:
    """A name cut in mid-character spoils neither its row nor the page; pairs and escaped slashes stay."""
    name = r"\ud83d\ude00 \ud83d \ude00 \\ud83d \uD83D"
    first, second = literal_in(field, f'"{name}"'.encode(), row(query_id="r")).entries
    texts = (first.bot, first.usage_type, first.api_key, first.used_for)
    assert "\U0001f600 \ufffd \ufffd \\ud83d \ufffd" in texts
    assert (first.query_id, second.query_id) == ("q", "r")


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


def test_the_list_goes_on_after_the_last_row_with_an_id() -> None:
    """An unreadable row can still say where to go on; one without a usable id cannot."""
    broken = row(query_id="broken", cost_points=None)
    assert parse_page(body(ROW, broken)).last_id == "broken"
    unusable = (row(query_id=""), row(query_id=7), row(query_id="x" * 1000), None)
    assert parse_page(body(ROW, *unusable)).last_id == "q"
    assert parse_page(body({}, {})).last_id is parse_page(body()).last_id is None


def test_a_row_that_cannot_be_read_says_when_it_was_where_it_can() -> None:
    """A page knows of each row left out its place, and its time if that alone can be read."""
    created = ROW["creation_time"]
    odd = {"creation_time": created, "cost_points": 900.5}
    page = parse_page(body(odd, ROW, row(query_id="b", creation_time="then"), row(query_id="c"), None))
    assert page.left_out == ((0, created), (1, None), (2, None))


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        ({"has_more": True, "data": [ROW]}, False),
        ({"has_more": False, "data": [ROW]}, True),
        ({"has_more": False, "data": []}, True),
        ({"has_more": False}, True),
        ({"has_more": False, "data": None}, True),
        ({"data": [ROW]}, False),
        ({"data": [{}]}, False),
        ({"data": []}, True),
        ({"has_more": None, "data": [ROW]}, False),
        ({"has_more": None, "data": []}, True),
    ],
)
def test_where_the_list_ends(answer: dict[str, Any], last: bool) -> None:  # noqa: FBT001 -- a case
    """The list ends where Poe says so; where it says nothing, with the first empty page."""
    page = parse_page(json.dumps(answer).encode())
    assert page.is_last is last
    assert page.has_more is answer.get("has_more")


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"{", b"null", b"[]", b"7", b"{}", b" \n<html>"),
        b'{"has_more": true}',
        b'{"has_more": true, "data": []}',
        b'{"has_more": null, "data": null}',
        b'{"has_more": "false", "data": []}',
        b'{"has_more": 0, "data": []}',
        b'{"has_more": false, "data": {}}',
        b'{"has_more": false, "data": [NaN]}',
        b'{"has_more": false, "data": []} trailing',
        b'{"has_more": false, "data": [' + b"[" * 1_000_000,
        b'{"has_more": false, "data": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"has_more": false, "data": [], "x": "\\ud83d',
    ],
)
def test_an_answer_that_is_no_page_is_an_error(answer: bytes) -> None:
    """What is not as Poe documents as a whole is no page, and the error says what to do."""
    with pytest.raises(UnreadableAnswerError, match=r"next tick tries again.*newer version"):
        parse_page(answer)


NAME = st.text("abc /{", max_size=LONGEST_NAME_BYTES) | st.text('a"\\\n\u00e9\u20ac\U0001f600', max_size=150)
NAMES = st.none() | NAME
OPTIONAL_VALUES = {
    "cost_usd": st.none() | st.floats(0, 10) | st.integers(-1, 2) | st.sampled_from(["0.12", "$3", "free"]),
    "api_key_name": NAMES,
    "chat_name": NAMES,
    "canvas_tab_name": NAMES,
}
PLAIN = st.fixed_dictionaries(
    {
        "creation_time": st.integers(0, LATEST_MICROS),
        "query_id": st.text("0123456789", min_size=1, max_size=LONGEST_ID_BYTES)
        | st.integers(1, LONGEST_ID_BYTES).map("\u00e9".__mul__),
        "bot_name": NAME,
        "usage_type": st.sampled_from(["API", "Chat", "Canvas App"]),
        "cost_points": st.integers(-LARGEST_COST, LARGEST_COST),
    },
    optional=OPTIONAL_VALUES,
)
WIDER = st.none() | st.text(st.characters(max_codepoint=126), max_size=150)
BEYOND = st.fixed_dictionaries(
    {
        "creation_time": st.integers(-1, LATEST_MICROS + 1),
        "query_id": st.text("0123456789", max_size=LONGEST_ID_BYTES + 8),
        "bot_name": WIDER,
        "usage_type": WIDER | st.just("Canvas App"),
        "cost_points": st.integers(-LARGEST_COST - 1, LARGEST_COST + 1),
    },
    optional=OPTIONAL_VALUES
    | {name: WIDER for name in OPTIONAL_VALUES if name != "cost_usd"}
    | {"cost_usd": st.booleans()},
)


@given(
    st.lists(PLAIN, min_size=1, max_size=4) | st.lists(PLAIN | BEYOND, min_size=1, max_size=4), st.booleans()
)
def test_a_page_reads_the_same_beside_a_row_that_nobody_documents(
    rows: list[dict[str, Any]],
    escaped: bool,  # noqa: FBT001 - drawn
) -> None:
    """Pages as Poe documents them are read all at once, others row by row."""
    plain, odd = (
        parse_page(json.dumps({"has_more": False, "data": data}, ensure_ascii=escaped).encode())
        for data in (rows, [*rows, {"odd": 1}])
    )
    assert odd.entries == plain.entries
    assert (odd.unreadable, odd.last_id) == (plain.unreadable + 1, plain.last_id)


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("field", ["bot_name", "api_key_name", "chat_name", "query_id"])
def test_characters_of_several_bytes_are_bounded_in_bytes_on_a_page_that_is_plain_otherwise(
    field: str,
    escaped: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whether they come as they are or behind a backslash: names are cut, and an id cannot be."""
    text = "\u20ac" * (LONGEST_ID_BYTES // 2 if field == "query_id" else LONGEST_NAME_BYTES // 2)
    rows = [ROW, row(**{field: text})]
    page = parse_page(json.dumps({"has_more": False, "data": rows}, ensure_ascii=escaped).encode())
    assert within_bounds(page)
    assert (len(page.entries), page.unreadable) == ((1, 1) if field == "query_id" else (2, 0))


def within_bounds(page: Page) -> bool:
    """Tell whether every entry can be stored, summed and asked to go on after."""
    return all(
        0 <= entry.created <= LATEST_MICROS
        and abs(entry.points) <= LARGEST_COST
        and abs(entry.usd_micros or 0) <= LARGEST_COST
        and 0 < len(entry.query_id.encode()) <= LONGEST_ID_BYTES
        and all(
            len(name.encode()) <= LONGEST_NAME_BYTES
            for name in (entry.bot, entry.usage_type, entry.api_key, entry.used_for)
        )
        for entry in page.entries
    )


def is_bounded_or_none(answer: bytes) -> bool:
    """Tell whether an answer is no page, or one within bounds."""
    try:
        return within_bounds(parse_page(answer))
    except UnreadableAnswerError:
        return True


TEXT = st.text() | st.text(st.characters(categories=["Cs", "Ll"]), max_size=5)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
HOSTILE = ANYTHING | st.sampled_from(["1e99999999", "9" * 200, 10**30, "\ud800", "x" * 2000, 1e300, -1, "$1"])
ROWS = st.fixed_dictionaries(
    {},
    optional={name: HOSTILE | st.just(ROW.get(name, "1")) for name in [*REQUIRED, *OPTIONAL]},
)


@given(st.binary() | st.binary().map(lambda junk: body(ROW).replace(b"Claude", junk)))
def test_bytes_are_a_page_or_no_page(answer: bytes) -> None:
    """Whatever bytes arrive, they are a page within bounds, or the one error that says they are none."""
    assert is_bounded_or_none(answer)


@given(ANYTHING | st.fixed_dictionaries({}, optional={"has_more": ANYTHING, "data": ANYTHING}))
def test_json_is_a_page_or_no_page(answer: object) -> None:
    """So is whatever JSON arrives."""
    assert is_bounded_or_none(json.dumps(answer).encode())


@given(st.lists(ROWS | HOSTILE, max_size=6))
def test_no_row_spoils_another(rows: list[Any]) -> None:
    """Among any rows the good ones are read, all others are counted, and every entry is within bounds."""
    answer = body(ROW, *rows, row(query_id="last")).replace(b"NaN", b"0").replace(b"Infinity", b"0")
    page = parse_page(answer)
    assert within_bounds(page)
    assert page.entries[0] == ENTRY
    assert page.last_id == page.entries[-1].query_id == "last"
    assert len(page.entries) + page.unreadable == len(rows) + 2

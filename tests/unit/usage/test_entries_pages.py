"""Pages of the history: what is one, where the list goes on, and where it ends."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.errors import UnreadableAnswerError
from budget_alert.poe.fields import LARGEST_COST, LATEST_MICROS, LONGEST_ID_BYTES, LONGEST_NAME_BYTES
from budget_alert.poe.wire import parse_page
from budget_alert.usage.entries import Page
from tests.support.poe_rows import ENTRY, REQUIRED, ROW, body, row


def test_the_list_goes_on_after_the_last_row_with_an_id() -> None:
    """An unreadable row can still say where to go on; one without a usable id cannot."""
    broken = row(query_id="broken", cost_points=None)
    assert parse_page(body(ROW, broken)).last_id == "broken"
    assert (
        parse_page(body(ROW, row(query_id=""), row(query_id=7), row(query_id="x" * 1000), None)).last_id
        == "q"
    )
    assert parse_page(body({}, {})).last_id is None
    assert parse_page(body()).last_id is None


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
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b'{"has_more": true}',
        b'{"has_more": true, "data": []}',
        b'{"has_more": true, "data": null}',
        b'{"has_more": null, "data": null}',
        b'{"has_more": "false", "data": []}',
        b'{"has_more": 0, "data": []}',
        b'{"has_more": false, "data": {}}',
        b'{"has_more": false, "data": [NaN]}',
        b'{"has_more": false, "data": []} trailing',
        b'{"has_more": false, "data": [' + b"[" * 1_000_000,
        b'{"has_more": false, "data": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"has_more": false, "data": [], "x": "\\ud83d',
        b" \n<html>",
    ],
)
def test_an_answer_that_is_no_page_is_an_error(answer: bytes) -> None:
    """What is not as Poe documents as a whole is no page, and the error says what to do."""
    with pytest.raises(UnreadableAnswerError, match=r"next tick tries again.*newer version"):
        parse_page(answer)


NAME = st.text("abc /{", max_size=LONGEST_NAME_BYTES) | st.text('a"\\\n\u00e9\u20ac\U0001f600', max_size=150)
NAMES = st.none() | NAME
OPTIONAL = {
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
    optional=OPTIONAL,
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
    optional=OPTIONAL
    | {name: WIDER for name in OPTIONAL if name != "cost_usd"}
    | {"cost_usd": st.booleans()},
)


@given(
    st.lists(PLAIN, min_size=1, max_size=4) | st.lists(PLAIN | BEYOND, min_size=1, max_size=4),
    st.booleans(),
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
    escaped: bool,  # noqa: FBT001 - a case
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


def read(answer: bytes) -> Page | None:
    """Read an answer; None where it is no page."""
    try:
        return parse_page(answer)
    except UnreadableAnswerError:
        return None


TEXT = st.text() | st.text(st.characters(categories=["Cs", "Ll"]), max_size=5)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
HOSTILE = ANYTHING | st.sampled_from(["1e99999999", "9" * 200, 10**30, "\ud800", "x" * 2000, 1e300, -1, "$1"])
ROWS = st.fixed_dictionaries(
    {},
    optional={
        name: HOSTILE | st.just(ROW.get(name, "1"))
        for name in [*REQUIRED, "cost_usd", "api_key_name", "chat_name", "canvas_tab_name"]
    },
)


@given(st.binary() | st.binary().map(lambda junk: body(ROW).replace(b"Claude", junk)))
def test_bytes_are_a_page_or_no_page(answer: bytes) -> None:
    """Whatever bytes arrive, they are a page within bounds, or the one error that says they are none."""
    page = read(answer)
    assert page is None or within_bounds(page)


@given(ANYTHING | st.fixed_dictionaries({}, optional={"has_more": ANYTHING, "data": ANYTHING}))
def test_json_is_a_page_or_no_page(answer: object) -> None:
    """So is whatever JSON arrives."""
    page = read(json.dumps(answer).encode())
    assert page is None or within_bounds(page)


@given(st.lists(ROWS | HOSTILE, max_size=6))
def test_no_row_spoils_another(rows: list[Any]) -> None:
    """Among any rows the good ones are read, all others are counted, and every entry is within bounds."""
    page = read(body(ROW, *rows, row(query_id="last")).replace(b"NaN", b"0").replace(b"Infinity", b"0"))
    assert page
    assert within_bounds(page)
    assert page.entries[0] == ENTRY
    assert page.last_id == page.entries[-1].query_id == "last"
    assert len(page.entries) + page.unreadable == len(rows) + 2

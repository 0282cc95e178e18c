import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from slack_sdk.models.blocks import Block

from budget_alert.alerts import Driver, Severity
from budget_alert.channels.blocks import CUT, payload
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import USAGE_PAGE, Link, Message, Places, Row
from standins.slack_receiver import blocks_of, cell_text, refusal
from tests.support.alerts_made import MESSAGES
from tests.support.made_messages import ODD_NAMES, alert, composed, health, standing, welcome


def objects(sent: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every text object of a payload; menus are plain text, in which nothing acts."""
    found: list[dict[str, Any]] = []
    for block in blocks_of(sent):
        found += [*([block["text"]] if "text" in block else []), *block.get("fields", [])]
        found += block.get("elements", []) if block["type"] != "actions" else []
    return found


def texts(sent: dict[str, Any]) -> list[str]:
    """Return every text of a payload's blocks."""
    return [each["text"] for each in objects(sent)]


def rows(sent: dict[str, Any]) -> list[list[str]]:
    """Return the texts of all tables of a payload, row by row."""
    tables = (block["rows"] for block in blocks_of(sent) if block["type"] == "table")
    return [[cell_text(cell) for cell in row] for table in tables for row in table]


def kinds(message: Message) -> list[str]:
    """Return the types of a message's blocks."""
    return [block["type"] for block in blocks_of(payload(message))]


def good(sent: dict[str, Any]) -> bool:
    """Tell whether Slack's own models and the receiver's rules find no fault."""
    blocks = blocks_of(sent)
    for block in Block.parse_all(blocks):
        block.validate_json()
    return len(blocks) <= 50 and refusal(msgspec.json.decode(msgspec.json.encode(sent))) is None


@given(MESSAGES)
def test_only_our_own_words_are_marked_up(message: Message) -> None:
    """Asterisks stand in pairs around headings, backticks in threes around tables, and links are ours."""
    for text in texts(payload(message))[1:]:
        assert re.fullmatch(r"```\n[^`]*\n```|[^`]*", text)
        for line in text.split("\n"):
            assert line.count("*") in (0, 2)
            assert not {"~", "@"} & set(re.sub(r"<https://[^>]*>", "", line))


@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_names_are_readable(odd: str) -> None:
    """However a rule and its bots are called, the numbers are where they always are."""
    sent = payload(composed(alert(standing(odd, drivers=(Driver(odd, 500_200),)))))
    assert good(sent)
    assert texts(sent)[1].split("\n")[1] == "820,000 of 1,000,000 points, about $24.60 of $30.00 ████████░░"
    assert texts(sent)[3].endswith(" 61 %")


def test_a_welcome_to_many_budgets_goes_over_several_blocks() -> None:
    """Rows that one block cannot hold go on in the next, and none is lost; a table holds them all."""
    message = composed(welcome(*(standing("&" * 80, each, limit=1000) for each in range(30))))
    assert len(rows(payload(message))) == 31
    sent = payload(message, tables=False)
    assert good(sent)
    assert sum(text.count("░ ") + text.count("█ ") for text in texts(sent)) == 30
    assert sum(text.startswith("```") for text in texts(sent)) > 1


def test_budgets_are_a_table() -> None:
    """A row for each budget below the headings: its name, how full it is before the bar, and what comes."""
    sent = payload(composed(welcome(standing("R&D <@all>", 820_000, forecast=None), standing("Chat", 1_000))))
    assert good(sent)
    assert rows(sent) == [
        ["Budget", "Used", "Points, and what comes"],
        ["R&D \u2039\uff20all\u203a", "82 % ████████░░", "820 k of 1 M"],
        ["Chat", "0.1 % ░░░░░░░░░░", "1,000 of 1 M"],
    ]


def test_one_table_a_message() -> None:
    """Of many lists of budgets the first is a table, the others are code blocks, as all may be."""
    message = composed(*(welcome(standing()) for _ in range(3)))
    assert [len(rows(payload(message, tables=tables))) for tables in (True, False)] == [2, 0]
    assert sum(text.startswith("```") for text in texts(payload(message))) == 2
    assert sum(text.startswith("```") for text in texts(payload(message, tables=False))) == 3


@pytest.mark.parametrize(
    ("listed", "is_table"),
    [
        ([Row("a", "1 %", 1, "b")] * 99, True),
        ([Row("a", "1 %", 1, "b")] * 100, False),
        ([Row("a" * 100, "1 %", 1, "b" * 100)] * 46, True),
        ([Row("a" * 100, "1 %", 1, "b" * 100)] * 47, False),
        ([Row("\N{PILE OF POO}" * 100, "1 %", 1, "b" * 100)] * 40, False),
        ([Row("a", "1 %", 1, " ")], False),
    ],
    ids=["100 rows", "101 rows", "9,876 characters", "10,090 characters", "surrogates", "an empty cell"],
)
def test_what_slack_takes_for_no_table_is_a_code_block(listed: list[Row], *, is_table: bool) -> None:
    """Above each of Slack's limits there is no table."""
    message = composed(welcome(standing()))
    section = msgspec.structs.replace(message.sections[0], rows=tuple(listed))
    sent = payload(msgspec.structs.replace(message, sections=(section,)))
    assert good(sent)
    assert bool(rows(sent)) == is_table


def test_a_message_beyond_slacks_limit_says_that_it_is_cut() -> None:
    """Ten alerts of the longest texts lose their end, and the message says so."""
    long = "\n".join("&" * 500 for _ in range(20))
    sent = payload(composed(*(health(Severity.CRITICAL, long, long) for _ in range(10))))
    assert good(sent)
    assert len(blocks_of(sent)) == 50
    assert texts(sent)[-3] == CUT


def test_a_link_cannot_be_broken_out_of() -> None:
    """Neither a label nor an address ends the link that it stands in."""
    odd = Link("<R|D>", "https://x.example/?a=1&b=2")
    message = msgspec.structs.replace(composed(welcome()), links=(USAGE_PAGE, odd))
    assert texts(payload(message))[-2].endswith(
        " · <https://x.example/?a=1&amp;b=2|&lt;R\N{FULLWIDTH VERTICAL LINE}D&gt;>"
    )
    assert kinds(msgspec.structs.replace(message, links=())) == ["header", "context"]


def test_an_account_is_named_where_there_are_several() -> None:
    """One alone needs no name."""
    assert texts(payload(compose([health(Severity.INFO, "Well.")], "ada")))[-1].startswith(
        "🔵 Info · account ada · "
    )


def test_a_menu_finds_its_alert_again() -> None:
    """Its id says whose alert it is, when it was written and which one; a budget's has its period besides."""
    one = msgspec.structs.replace(alert(), rule="Everything")
    message = compose([one], "ada", places=Places(takes_clicks=True))
    (menu,) = (block for block in blocks_of(payload(message)) if block["type"] == "actions")
    assert menu["block_id"] == f"ada|{one.counted_at.isoformat()}|{one.id}"
    (select,) = menu["elements"]
    assert select["placeholder"]["text"] == "Snooze “Everything”"
    assert [(option["value"], option["text"]["text"]) for option in select["options"]] == [
        ("1h", "For 1 hour"),
        ("6h", "For 6 hours"),
        ("1d", "For 1 day"),
        ("7d", "For 1 week"),
        ("window", "Until its period ends"),
        ("planned", "Planned, not unusual"),
    ]
    assert good(payload(message))


def test_what_nobody_can_snooze_has_no_menu() -> None:
    """A trouble and a welcome belong to no rule."""
    for one in (health(Severity.CRITICAL, "No."), welcome(standing())):
        message = compose([one], "default", places=Places(takes_clicks=True))
        assert "actions" not in kinds(message)

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from slack_sdk.models.blocks import Block

from budget_alert.alerts import Driver, Severity
from budget_alert.channels.blocks import CUT, payload
from budget_alert.channels.markup import units
from budget_alert.messages.parts import Message
from standins.slack_receiver import refusal
from tests.support.alerts_made import MESSAGES
from tests.support.telling import COUNTED, ODD_NAMES, alert, health, standing, told, welcome

END = ["actions", "context"]


def texts(sent: dict[str, Any]) -> list[str]:
    """Return every text of a payload: the fallback first, then each block's."""
    blocks: list[dict[str, Any]] = sent["blocks"]
    objects = [
        each
        for block in blocks
        for each in ([block["text"]] if "text" in block else block.get("elements", []))
    ]
    # A button's text is an object of its own.
    return [sent["text"], *(each["text"] for each in objects if isinstance(each["text"], str))]


def good(sent: dict[str, Any]) -> bool:
    """Tell whether Slack's own models and the receiver's rules find no fault."""
    for block in Block.parse_all(sent["blocks"]):
        block.validate_json()
    return len(sent["blocks"]) <= 50 and refusal(msgspec.json.decode(msgspec.json.encode(sent))) is None


@given(MESSAGES)
def test_any_message_is_one_that_slack_takes(message: Message) -> None:
    """Hostile text stays within Slack's limits and can neither mention nor link nor mark up."""
    sent = payload(message)
    assert good(sent)
    assert units(sent["blocks"][0]["text"]["text"]) <= 150
    for text in texts(sent):
        assert units(text) <= 3000
        assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", text)


@given(MESSAGES)
def test_only_our_own_words_are_marked_up(message: Message) -> None:
    """Asterisks and backticks stand in pairs around headings, bars and columns, one pair a line at most."""
    for text in texts(payload(message))[2:]:
        for line in text.split("\n"):
            assert line.count("*") in (0, 2)
            assert re.fullmatch(r"[^`]*|`([█░]{20}|[▁-█]{2,31})` [^`]*", line)
            assert not {"~", "@"} & set(line)


@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_names_are_readable(odd: str) -> None:
    """However a rule and its bots are called, the numbers are where they always are."""
    sent = payload(told(alert(standing(odd, drivers=(Driver(odd, 500_200),)))))
    assert good(sent)
    section = texts(sent)[2].split("\n")
    assert section[1:4] == [
        "████████████████░░░░ 82 % used",
        "820,000 of 1,000,000 points, about $24.60 of $30.00",
        "180,000 points left, about $5.40",
    ]
    assert section[-1].endswith(" 61 %")


@pytest.mark.parametrize("odd", ["", "\u200b"])
def test_an_empty_name_is_said_to_be_none(odd: str) -> None:
    """A rule and a bot without a name are shown as unnamed."""
    shown = texts(payload(told(alert(standing(odd, drivers=(Driver(odd, 500_200),))))))[2]
    assert "Budget “(unnamed)”" in shown
    assert "Top bots: (unnamed) 61 %" in shown


def test_every_text_object_is_verbatim() -> None:
    """Slack is asked to make no links or mentions of its own out of what looks like one."""
    sent = payload(told(alert(standing()), welcome(standing())))
    blocks: list[dict[str, Any]] = sent["blocks"]
    shown = [block for block in blocks[1:] if block["type"] in {"section", "context"}]
    marked = [each for block in shown for each in block.get("elements", [block.get("text")])]
    assert len(marked) == 6
    assert all(each["verbatim"] for each in marked)
    assert sent["unfurl_links"] is False


def test_a_welcome_to_many_budgets_goes_over_several_blocks() -> None:
    """Lines that one block cannot hold go on in the next, and none is lost."""
    sent = payload(told(welcome(*(standing("n" * 80, each, limit=1000) for each in range(30)))))
    assert good(sent)
    assert sum(text.count("░ ") + text.count("█ ") for text in texts(sent)) == 30
    assert [block["type"] for block in sent["blocks"]] == [
        "header",
        "section",
        "section",
        "context",
        "actions",
        "context",
    ]


def test_a_message_beyond_slacks_limit_says_that_it_is_cut() -> None:
    """Ten alerts of the longest texts lose their end, and the message says so."""
    long = "\n".join("&" * 500 for _ in range(20))
    sent = payload(told(*(health(Severity.CRITICAL, long, long) for _ in range(10))))
    assert good(sent)
    assert len(sent["blocks"]) == 50
    assert texts(sent)[-2] == CUT


def test_a_message_without_links_has_no_buttons() -> None:
    """Slack refuses a row of no buttons, so there is none."""
    message = msgspec.structs.replace(told(welcome()), links=())
    assert "actions" not in {block["type"] for block in payload(message)["blocks"]}
    assert good(payload(message))


def test_ten_digests_of_sixty_budgets_say_where_they_are_cut() -> None:
    """The longest message that budgets can make fits, and ends as every message does."""
    many = [standing("&" * 80, each, snoozed_until=COUNTED) for each in range(60)]
    sent = payload(told(*(welcome(*many) for _ in range(10))))
    assert good(sent)
    assert len(sent["blocks"]) == 50
    assert texts(sent)[-2:] == [CUT, "🔵 Info · Poe points · account default"]

from typing import Any

import pytest
from hypothesis import given, settings

from budget_alert.channels.mail import body, sms
from budget_alert.messages.parts import Message
from poe_budget.preview.document import drawn, shown
from poe_budget.preview.mrkdwn import linked
from tests.support.alerts_made import MESSAGES
from tests.support.rendered import Rendered

OURS = {"article", "header", "section", "div", "span", "b", "time", "a", "svg", "rect", "path", "code", "hr"}
OURS |= {"table", "tr", "th", "td"}
PAGE = {"pre", "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "nav", "i"}


def chat(*blocks: dict[str, Any]) -> Rendered:
    """Return the picture of a message of these blocks, taken apart."""
    return Rendered(shown("picture.html", [{"clock": "10:15", "blocks": blocks}]))


def mrkdwn(words: str) -> dict[str, str]:
    """Return a text object of Block Kit."""
    return {"type": "mrkdwn", "text": words}


def raw(words: str) -> dict[str, str]:
    """Return a cell of a table."""
    return {"type": "raw_text", "text": words}


def plain(words: str) -> dict[str, str]:
    """Return a plain text object of Block Kit."""
    return {"type": "plain_text", "text": words}


def button(words: str, **more: str) -> dict[str, Any]:
    """Return a button of Block Kit."""
    return {"type": "button", "text": plain(words), **more}


def test_a_message_is_drawn_block_by_block() -> None:
    """Who, header, sections with a button beside them, fields, context and buttons come in their order."""
    message = chat(
        {"type": "header", "text": plain("80 % of &lt;A&gt; *is* used")},
        {
            "type": "section",
            "text": mrkdwn("*Budget*"),
            "fields": [mrkdwn("left"), mrkdwn("right")],
            "accessory": button("Open"),
        },
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("Counted now"), mrkdwn("and here")]},
        {"type": "actions", "elements": [button("See &amp; change")]},
    )
    words = "Poe budgetAPP10:15 80 % of <A> *is* used BudgetOpenleftright Counted nowand here See & change"
    assert " ".join(message.text.split()).endswith(words)
    assert "hr" in message.tags


def test_an_attachment_stands_below_with_a_bar_of_its_colour() -> None:
    """Its blocks are drawn as the message's own are."""
    attached = {"color": "#d92d20", "blocks": [{"type": "section", "text": mrkdwn("*Below*")}]}
    drawing = {"clock": "10:15", "blocks": [], "attachments": [attached]}
    message = Rendered(shown("picture.html", [drawing]))
    assert "#d92d20" in message.all("fill")
    assert message.text.rstrip().endswith("Below")


def test_a_table_is_drawn_with_its_headings() -> None:
    """Its first row are headings, and a name in it is text."""
    rows = [[raw("Budget"), raw("Used")], [raw("<b>R&amp;D"), raw("82 %")]]
    message = chat({"type": "table", "rows": rows, "column_settings": [{}, {"align": "right"}]})
    assert [tag for tag in message.tags if tag in {"th", "td"}] == ["th", "th", "td", "td"]
    assert "".join(message.text.split()).endswith("BudgetUsed<b>R&amp;D82%")
    assert "right" in message.all("class")


def test_buttons_lead_where_they_say() -> None:
    """A button with an address is a link, and its style shows; one without is none."""
    message = chat(
        {
            "type": "actions",
            "elements": [
                button("Usage", url="https://poe.com/?a=1&b=2"),
                button("Change", url="https://x.example/", style="primary"),
                button("Nothing"),
            ],
        }
    )
    assert message.all("href") == ["https://poe.com/?a=1&b=2", "https://x.example/"]
    assert [kind for kind in message.all("class") if kind.startswith("button")] == [
        "button",
        "button primary",
        "button",
    ]


@pytest.mark.parametrize(
    "block", [{"type": "video"}, {"type": "actions", "elements": [{"type": "datepicker"}]}]
)
def test_what_cannot_be_drawn_is_not_left_out(block: dict[str, Any]) -> None:
    """A block or an element that is not known is an error: the page would not be true."""
    with pytest.raises(ValueError, match="cannot draw"):
        chat(block)


@given(MESSAGES)
@settings(max_examples=50)
def test_no_name_becomes_markup(message: Message) -> None:
    """However bots, rules and accounts are called, a page holds no element but its own, and all words."""
    page = Rendered(shown("preview.html", [drawn("budget", message)]))
    assert set(page.tags) <= OURS | PAGE
    assert "mention" not in page.all("class")
    assert all(href.startswith(("http", "#")) for href in page.all("href"))
    assert body(message) in page.text
    assert sms(message) in page.text


def test_addresses_in_a_mail_are_links() -> None:
    """A mail program makes links of addresses, and leaves the text as it is."""
    text = "See “https://x.example/?a=1&b=2”, not x.example."
    mail = Rendered(str(linked(text)))
    assert mail.all("href") == ["https://x.example/?a=1&b=2"]
    assert mail.text == text


def test_an_sms_counts_its_characters() -> None:
    """The count is that of GSM-7, in which some characters count double."""
    short = {"kind": "", "heading": "", "clock": "", "blocks": [], "subject": "", "body": ""}
    page = Rendered(shown("preview.html", [{**short, "sms": "10 [€]", "septets": 9}]))
    assert "10 [€]9 of 140 characters" in page.text

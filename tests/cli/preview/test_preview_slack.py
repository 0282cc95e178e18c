from typing import Any

import pytest
from hypothesis import given, settings

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, subject
from budget_alert.channels.sms import sms
from budget_alert.messages.compose import Message
from poe_budget.preview import frames, slack
from tests.support.alerts_made import MESSAGES
from tests.support.rendered import Rendered


def drawn(*blocks: dict[str, Any]) -> Rendered:
    """Return the HTML of a message of these blocks, taken apart."""
    return Rendered(slack.message({"text": "fallback", "blocks": blocks}, "10:15"))


def mrkdwn(words: str) -> dict[str, str]:
    """Return a text object of Block Kit."""
    return {"type": "mrkdwn", "text": words}


def plain(words: str) -> dict[str, str]:
    """Return a plain text object of Block Kit."""
    return {"type": "plain_text", "text": words}


def button(words: str, **more: str) -> dict[str, Any]:
    """Return a button of Block Kit."""
    return {"type": "button", "text": plain(words), **more}


def test_a_message_is_drawn_block_by_block() -> None:
    """Who, header, sections, fields, context and buttons come in their order; the fallback does not."""
    message = drawn(
        {"type": "header", "text": plain("80 % of &lt;A&gt; *is* used")},
        {"type": "section", "text": mrkdwn("*Budget*"), "fields": [mrkdwn("left"), mrkdwn("right")]},
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("Counted now"), mrkdwn("and here")]},
        {"type": "actions", "elements": [button("See &amp; change")]},
    )
    words = f"{slack.APP}APP10:1580 % of <A> *is* usedBudgetleftrightCounted nowand hereSee & change"
    assert message.text == words
    assert "hr" in message.tags


def test_buttons_lead_where_they_say() -> None:
    """A button with an address is a link, and its style shows; one without is none."""
    message = drawn(
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
    shown = [kind for kind in message.all("class") if kind.startswith("button")]
    assert shown == ["button", "button primary", "button"]


def test_a_section_may_have_a_button_beside_it() -> None:
    """An accessory is drawn as well."""
    message = drawn({"type": "section", "text": mrkdwn("words"), "accessory": button("Open")})
    assert message.text.endswith("wordsOpen")


def test_a_message_without_blocks_is_its_text() -> None:
    """The fallback text is drawn where there is nothing else."""
    assert "all is <b>well</b>" in slack.message({"text": "all is *well*"}, "10:15")


@pytest.mark.parametrize(
    "block", [{"type": "video"}, {"type": "actions", "elements": [{"type": "datepicker"}]}]
)
def test_what_cannot_be_drawn_is_not_left_out(block: dict[str, Any]) -> None:
    """A block or an element that is not known is an error: the page would not be true."""
    with pytest.raises(ValueError, match="cannot draw"):
        drawn(block)


@given(MESSAGES)
@settings(max_examples=50)
def test_no_name_becomes_markup(message: Message) -> None:
    """However bots, rules and accounts are called, the frames of a message hold no element but their own."""
    chat = Rendered(slack.message(payload(message), "10:15"))
    assert not {"mention"} & set(chat.all("class"))
    mail = Rendered(frames.mail(subject(message), body(message), "10:15"))
    assert set(mail.tags) <= {"article", "header", "div", "span", "b", "time", "a"}
    assert all(href.startswith("http") and href in body(message) for href in mail.all("href"))
    assert mail.text.endswith(body(message))
    phone = Rendered(frames.sms(sms(message)))
    assert phone.tags == ["article", "div", "div"]
    assert phone.text.startswith(sms(message))


def test_addresses_in_a_mail_are_links() -> None:
    """A mail program makes links of addresses, and leaves the text as it is."""
    mail = Rendered(frames.mail("subject", "See “https://x.example/?a=1&b=2”, not x.example.", "10:15"))
    assert mail.all("href") == ["https://x.example/?a=1&b=2"]
    assert mail.text.endswith("See “https://x.example/?a=1&b=2”, not x.example.")


def test_an_sms_counts_its_characters() -> None:
    """The count is that of GSM-7, in which some characters count double."""
    assert Rendered(frames.sms("10 [€]")).text == "10 [€]9 of 140 characters"

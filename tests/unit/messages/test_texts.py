import json
import re
from typing import Any
from unicodedata import category

import msgspec
import pytest
from hypothesis import example, given

from budget_alert.alerts import Kind, Reason, Severity
from budget_alert.channels import mail
from budget_alert.channels.mail import ascii_only, body, subject
from budget_alert.channels.qdeveloper import CUT, notification, thread_id
from budget_alert.channels.sms import BASIC, EXTENSION, gsm7, septets, sms
from budget_alert.channels.texts import attributes, texts
from budget_alert.messages.compose import Message, compose
from budget_alert.messages.parts import Link
from tests.support.alerts_made import MESSAGES
from tests.support.telling import HOSTILE, ODD_NAMES, alert, health, standing, told, welcome

TITLE = "82 % of your monthly budget “Everything” is used, 3 days early"
LONG = "\n".join("é" * 500 for _ in range(20))
LONGEST = told(*(health(Severity.CRITICAL, LONG, LONG) for _ in range(10)))


@given(MESSAGES)
def test_any_subject_is_one_that_sns_takes(message: Message) -> None:
    """A subject is one line of under 100 characters, none of them a control, and so is its form in ASCII."""
    words = subject(message)
    assert 0 < len(words) < 100
    assert not {category(character) for character in words} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert re.fullmatch(r"[A-Za-z][ -~]{0,98}", ascii_only(words))
    assert words.startswith(f"Poe {message.severity} (")


def test_a_subject_carries_account_and_severity() -> None:
    """A mail can be sorted by its subject, in which names of any script can be read."""
    words = subject(told(alert(standing("Café 東京 🔥"))))
    assert words == "Poe warning (default): 82 % of your monthly budget “Café 東京 🔥” is used, 3 days early"
    assert ascii_only(words) == (
        'Poe warning (default): 82 % of your monthly budget "Cafe ? ?" is used, 3 days early'
    )


def test_a_long_subject_is_cut_between_words() -> None:
    """No word is cut in its middle, unless it is most of the subject."""
    words = subject(compose([alert(standing("a bot with a long name of many words"))], "a" * 100))
    assert words.endswith(" budget “a bot with a long name…")
    endless = alert(rule="key", kind=Kind.HEALTH, text="x" * 200)
    assert len(subject(told(endless))) == 99


@given(MESSAGES)
def test_any_sms_is_one_sms(message: Message) -> None:
    """An SMS holds at most 140 septets of GSM-7 and no line break."""
    text = sms(message)
    assert set(text) <= set(BASIC + EXTENSION)
    assert 0 < septets(text) <= 140


@given(HOSTILE)
@example("[{€}]" * 60)
def test_extension_characters_count_double(text: str) -> None:
    """The septets of a text are its characters, those of the extension twice."""
    encoded = gsm7(text)
    assert septets(encoded) == sum(1 + (each in "^{}\\[~]|€") for each in encoded)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("Zoë \u2013 “naïve”… `ç` à", "Zoe - \"naive\"... 'c' à"),
        ("🔥🔥 fire", "? fire"),
        (f"\u2068{ODD_NAMES['right to left']}\u2069", "? ?"),
        ("e\u0301 a\u0303", "é a"),
        ("ÄÖÜ ñ €5 Ω", "ÄÖÜ ñ €5 Ω"),
        ("a\nb", "a?b"),
    ],
)
def test_what_gsm7_lacks_is_replaced(text: str, encoded: str) -> None:
    """Accents go where GSM-7 lacks the letter, look-alikes stay readable, the rest is one question mark."""
    assert gsm7(text) == encoded


def test_an_sms_cut_at_extension_characters_still_fits() -> None:
    """Characters that count double are counted so when a text is cut."""
    text = sms(told(health(Severity.INFO, "€" * 139)))
    assert text == "Poe: " + "€" * 66 + "..."


@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_names_leave_a_readable_sms_and_mail(odd: str) -> None:
    """However a rule is called, the SMS says how full it is, and the mail where the numbers stand."""
    message = told(alert(standing(odd)))
    assert re.fullmatch(
        r'Poe: 82 % of your monthly budget ".+" is used, 3 days early(\. 820,.+)?', sms(message)
    )
    assert body(message).split("\n")[3:5] == [
        "████████████████░░░░ 82 % used",
        "820,000 of 1,000,000 points, about $24.60 of $30.00",
    ]


def test_a_long_mail_is_cut_between_lines() -> None:
    """A mail stays within 20,000 bytes, says that it is cut, and ends as every mail does."""
    lines = body(LONGEST).split("\n")
    assert 19_000 < len("\n".join(lines).encode()) <= 20_000
    assert lines[-4:] == [mail.CUT, *body(told(health(Severity.CRITICAL, "Trouble."))).split("\n")[-3:]]


def test_a_mail_ends_with_links_and_severity() -> None:
    """A mail leads to where there is more, and says how much it matters."""
    message = compose([welcome()], "default", [Link("Dashboard", "https://x.example/?a=1&b=2")])
    assert body(message).split("\n")[-4:] == [
        "",
        "Poe's usage page: https://poe.com/points_history",
        "Dashboard: https://x.example/?a=1&b=2",
        "🔵 Info · account default",
    ]


def test_a_mail_counts_the_alerts_it_does_not_spell_out() -> None:
    """What is not spelled out is counted."""
    assert body(told(*(welcome() for _ in range(12)))).split("\n")[-4:-2] == [
        "and 2 more alerts, none more severe than these",
        "",
    ]


def test_a_line_of_information_is_short_in_a_chat() -> None:
    """What a new rule has passed already takes two lines, and the link, and asks for nothing."""
    already = alert(standing(), reason=Reason.ALREADY, severity=Severity.INFO)
    content = told_in_chat(told(already))["content"]
    assert content["description"].split("\n")[0] == "*Budget “Everything”*"
    assert content["description"].split("\n")[2:] == ["", "Poe's usage page: https://poe.com/points_history"]
    assert content["nextSteps"] == []


def told_in_chat(message: Message) -> Any:
    """Return the decoded custom notification."""
    return json.loads(notification(message))


def test_the_chat_notification_has_amazon_qs_schema() -> None:
    """The notification is a custom one, with what to do next as steps and the account as a keyword."""
    shown = told_in_chat(told(alert(standing())))
    assert (shown["version"], shown["source"]) == ("1.0", "custom")
    assert shown["content"]["textType"] == "client-markdown"
    assert shown["content"]["title"] == shown["metadata"]["summary"] == f"🟡 {TITLE}"
    assert shown["content"]["description"].startswith(
        "*Budget “Everything”*\n████████████████░░░░ 82 % used\n"
    )
    assert shown["content"]["nextSteps"][0] == "Look at what “Claude-Opus-4.5” does."
    assert shown["content"]["keywords"] == ["default", "warning", "budget"]


def test_one_budget_has_one_thread() -> None:
    """Whatever else is told of a budget joins its thread; another budget has another."""
    first = thread_id("default", alert(standing()))
    assert first == thread_id("default", alert(standing(points=1_100_000)))
    assert first != thread_id("default", alert(standing("Chat")))
    assert first != thread_id("other", alert(standing()))
    assert told_in_chat(told(alert(standing())))["metadata"]["threadId"] == first


@given(MESSAGES)
def test_hostile_text_does_nothing_in_a_chat(message: Message) -> None:
    """No name links, mentions or marks up in the chat, and the description stays within its limit."""
    content = told_in_chat(message)["content"]
    texts = [content["title"], content["description"], *content["nextSteps"], *content["keywords"]]
    assert not [text for text in texts if re.search(r"<|>|@|`|~|\]\(|\\|&(?!amp;|lt;|gt;)", text)]
    assert len(content["description"]) <= 8000


def test_a_long_chat_notification_is_cut_and_counts_the_rest() -> None:
    """A notification counts what it does not spell out, and says where it is cut."""
    links = "Poe's usage page: https://poe.com/points_history"
    assert told_in_chat(LONGEST)["content"]["description"].endswith(f"{CUT}\n{links}")
    many = told_in_chat(told(*(welcome() for _ in range(11))))["content"]["description"]
    assert many.endswith(f"and 1 more alert, none more severe than these\n\n{links}")


def test_long_steps_and_titles_are_cut_in_a_chat() -> None:
    """What is long is cut, and every escape sequence in it is whole."""
    content = told_in_chat(told(health(Severity.CRITICAL, "&" * 300, "<" * 500)))["content"]
    assert re.fullmatch("🔴 (&amp;)+…", content["title"])
    assert re.fullmatch("(&lt;)+…", content["nextSteps"][0])
    assert 200 < len(content["title"]) <= 250
    assert 300 < len(content["nextSteps"][0]) <= 350


def test_addresses_survive_a_chat() -> None:
    """An address in a chat has nothing replaced but what Slack asks to be escaped."""
    url = "https://x.example/_a_~b*?x=1&y=2"
    description = told_in_chat(compose([welcome()], "default", [Link("X", url)]))["content"]["description"]
    assert description.endswith("\nX: https://x.example/_a_~b*?x=1&amp;y=2")


@given(MESSAGES)
def test_all_texts_together_are_bounded(message: Message) -> None:
    """SNS gets six texts, each a string, together under 200,000 bytes."""
    whole = texts(message)
    assert len(whole.encode()) < 200_000
    assert sorted(json.loads(whole)) == ["default", "email", "https", "lambda", "sms", "sqs"]
    assert all(isinstance(text, str) for text in json.loads(whole).values())


def test_even_the_largest_texts_are_bounded() -> None:
    """The largest message that can be made leaves room for machines, and stays under the limit."""
    quoted = "\n".join('"' * 500 for _ in range(20))
    kinds = [health(Severity.CRITICAL, quoted, quoted) for _ in range(10)]
    whole = texts(compose([*kinds, *(alert(standing('"' * 8_000)) for _ in range(500))], "\x00" * 1000))
    assert 150_000 < len(whole.encode()) < 200_000
    machine = json.loads(json.loads(whole)["sqs"])
    assert len(machine["alerts"]) >= 10
    assert len(machine["alerts"]) + machine["omitted"] == 510


def test_attributes_for_filter_policies() -> None:
    """A subscriber can choose by severity, account and kind."""
    assert attributes(told(welcome(), alert(standing()))) == {
        "severity": {"DataType": "String", "StringValue": "warning"},
        "account": {"DataType": "String", "StringValue": "default"},
        "kind": {"DataType": "String.Array", "StringValue": '["budget","welcome"]'},
    }


def test_no_attribute_is_empty() -> None:
    """SNS refuses empty attributes: an account without a name has one all the same."""
    kinds = attributes(compose([welcome()], ""))
    assert kinds["account"].get("StringValue") == "(unnamed)"
    assert msgspec.json.decode(kinds["kind"].get("StringValue", "")) == ["welcome"]

import json
import re
from typing import Any

import pytest
from hypothesis import example, given

from budget_alert.alerts import Lead, Severity
from budget_alert.channels import mail
from budget_alert.channels.mail import body, gsm7, septets, sms, subject
from budget_alert.channels.qdeveloper import CUT, notification, thread_id
from budget_alert.channels.sns import texts
from budget_alert.messages.compose import compose
from budget_alert.messages.parts import Places
from tests.support.made_messages import HOSTILE, ODD_NAMES, PLACES, alert, composed, health, standing, welcome

LONG = "\n".join("é" * 500 for _ in range(20))
LONGEST = composed(*(health(Severity.CRITICAL, LONG, LONG) for _ in range(10)))


def test_a_long_subject_is_cut_between_words() -> None:
    """No word is cut in its middle, unless it is most of the subject."""
    words = subject(compose([alert(standing("a bot with a long name of many words"))], "a" * 100))
    assert words.endswith(" budget “a bot with a long name…")
    assert len(subject(composed(health(Severity.CRITICAL, "x" * 200)))) == 99


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


@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_names_leave_a_readable_sms_and_mail(odd: str) -> None:
    """However a rule is called, the SMS says how full it is, and the mail where the numbers stand."""
    message = composed(alert(standing(odd)))
    assert re.fullmatch(
        r'Poe: 82 % of your monthly budget ".+" is used, 3 days early(\. 180,.+)?', sms(message)
    )
    assert "820,000 of 1,000,000 points, about $24.60 of $30.00" in body(message)


def test_a_long_mail_is_cut_between_lines() -> None:
    """A mail stays within 20,000 bytes, says that it is cut, and ends as every mail does."""
    lines = body(LONGEST).split("\n")
    assert 19_000 < len("\n".join(lines).encode()) <= 20_000
    assert lines[-4:] == [
        mail.CUT,
        *body(composed(health(Severity.CRITICAL, "Trouble.", "Act."))).split("\n")[-3:],
    ]


def test_a_mail_ends_with_links_and_severity() -> None:
    """A mail leads to where there is more, and says how much it matters."""
    message = compose([welcome()], "default", Places(dashboard="https://x.example/?a=1&b=2"))
    assert body(message).split("\n")[-4:] == [
        "",
        "Poe's usage page: https://poe.com/points_history",
        "Dashboard: https://x.example/?a=1&b=2",
        "🔵 Info",
    ]


def in_chat(*alerts: Any) -> Any:
    """Return the decoded custom notification."""
    return json.loads(notification(compose(alerts, "default")))


def test_one_budget_has_one_thread() -> None:
    """Whatever else is sent of a budget joins its thread; another budget has another."""
    first = thread_id("default", alert(standing()))
    assert first == thread_id("default", alert(standing(points=1_100_000)))
    assert len({first, thread_id("default", alert(standing("Chat"))), thread_id("other", alert())}) == 3
    assert in_chat(alert(standing()))["metadata"]["threadId"] == first


def test_a_long_chat_notification_is_cut() -> None:
    """A notification says where it is cut, and long steps and titles lose their end, escapes whole."""
    links = "Poe's usage page: https://poe.com/points_history"
    description = json.loads(notification(LONGEST))["content"]["description"]
    assert description.endswith(f"{CUT}\n{links}")
    content = in_chat(health(Severity.CRITICAL, "&" * 300, "<" * 500))["content"]
    assert re.fullmatch("🔴 (&amp;)+…", content["title"])
    assert re.fullmatch("(&lt;)+…", content["nextSteps"][0])
    assert 200 < len(content["title"]) <= 250
    assert 300 < len(content["nextSteps"][0]) <= 350


def test_of_many_steps_in_a_chat_those_that_lead_somewhere_stay() -> None:
    """Ten steps are all that it takes; an address that one step cannot hold is left out."""
    advice = "\n".join(f"Step {each}" for each in range(12))
    alerts = [health(Severity.CRITICAL, "Bad.", advice, leads=(Lead.SECRET, Lead.KEYS))]
    for pages, more in (
        (PLACES.pages, ["Secret in AWS: https://x.example/secret?name=a&amp;region=b"]),
        ({Lead.SECRET: f"https://x.example/{'y' * 350}"}, []),
    ):
        content = json.loads(notification(compose(alerts, "default", places=Places(pages=pages))))["content"]
        where = [*more, "Make a new key: https://poe.com/api_key"]
        assert content["nextSteps"] == [*(f"Step {each}" for each in range(10 - len(where))), *where]


def test_even_the_largest_texts_are_bounded() -> None:
    """The largest message that can be made leaves room for machines, and stays under the limit."""
    quoted = "\n".join('"' * 500 for _ in range(20))
    kinds = [health(Severity.CRITICAL, quoted, quoted) for _ in range(10)]
    whole = texts(compose([*kinds, *(alert(standing('"' * 8_000)) for _ in range(500))], "\x00" * 1000))
    assert 150_000 < len(whole.encode()) < 200_000
    machine = json.loads(json.loads(whole)["sqs"])
    assert len(machine["alerts"]) >= 10
    assert len(machine["alerts"]) + machine["omitted"] == 510

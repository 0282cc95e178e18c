import json
import re
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from slack_sdk.models.blocks import Block

from budget_alert.alerts import Alert, Kind, OfBudget
from budget_alert.channels.blocks import CUT, payload
from budget_alert.channels.mail import BASIC, EXTENSION, ascii_only, body, septets, sms, subject
from budget_alert.channels.markup import units
from budget_alert.channels.qdeveloper import notification
from budget_alert.channels.records import Record, record
from budget_alert.channels.sns import attributes, texts
from budget_alert.messages.parts import Message
from standins.slack_receiver import blocks_of, cell_text, refusal
from tests.support.alerts_made import ALERTS, INCIDENTS, MESSAGES, messages_of
from tests.support.made_messages import ODD_NAMES, composed, expected, of_a_day

# What Slack and the chats like it would act on: mentions, channels, links and dates stand in angle brackets.
ACTING = re.compile(r"<|>|&(?!amp;|lt;|gt;)")
OUR_LINK = re.compile(r"<https?://[^<>|]+\|[^<>|]+>")
INVISIBLE = re.compile("[\u2068\u2069]")


def lines(message: Message) -> list[str]:
    """Return every line that a message shows."""
    shown = [message.title, *(link.label for link in message.links)]
    for section in message.sections:
        shown += [section.headline, *section.facts, *section.advice, *section.also]
        shown += [link.label for link in section.links]
        shown += [text for text in (section.outlook, section.note, section.also_heading) if text]
        shown += [section.gauge.words] if section.gauge else []
        shown += [text for field in section.fields for text in (field.label, field.words)]
        shown += [text for row in section.rows for text in (row.name, row.share, row.comes)]
    return shown


def of_slack(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the text objects of a block."""
    alone = [block["text"]] if "text" in block else []
    inside = block.get("elements", [])
    if block["type"] == "actions":
        (menu,) = inside
        inside = [menu["placeholder"], *(option["text"] for option in menu["options"])]
    return [*alone, *block.get("fields", []), *inside]


def check_lines(message: Message) -> None:
    """Assert that every line is one readable line that says something."""
    for line in lines(message):
        assert INVISIBLE.sub("", line).isprintable()
        assert 0 < len(line.strip()) <= 700
        assert not re.search(r"“\s*”|\bNone\b|(?<![-,.\w])1 (points|queries|days|hours)\b", line)


def check_slack(message: Message) -> None:
    """Assert that Slack's own models take the payload, and that nothing in it acts but our links."""
    check_payload(payload(message))
    check_payload(payload(message, tables=False))


def check_payload(sent: dict[str, Any]) -> None:
    """Assert the same of one payload."""
    assert refusal(msgspec.json.decode(msgspec.json.encode(sent))) is None
    blocks = blocks_of(sent)
    assert len(blocks) <= 50
    named = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(set(named)) == len(named)
    for block, parsed in zip(blocks, Block.parse_all(blocks), strict=True):
        parsed.validate_json()
        assert block["type"] != "section" or block["expand"]
        for text in of_slack(block):
            assert not ACTING.search(OUR_LINK.sub("", text["text"]))
            assert 0 < units(text["text"]) <= (150 if block["type"] == "header" else 3000)
        assert all(units(field["text"]) <= 2000 for field in block.get("fields", []))
        for cell in chain.from_iterable(block.get("rows", [])):
            assert not set("<>@") & set(cell_text(cell))
    assert not ACTING.search(sent["text"])


def check_sns(message: Message) -> None:
    """Assert what SNS asks of subject, texts and attributes."""
    assert 0 < len(subject(message)) < 100
    assert re.fullmatch(r"[A-Za-z][ -~]{0,98}", ascii_only(subject(message)))
    whole = texts(message)
    sent = json.loads(whole)
    assert len(whole.encode()) <= 200_000
    assert sorted(sent) == ["default", "email", "https", "lambda", "sms", "sqs"]
    assert all(isinstance(text, str) and text for text in sent.values())
    assert len(body(message).encode()) <= 20_000
    for attribute in attributes(message).values():
        assert attribute["DataType"] in {"String", "String.Array"}
        assert attribute["StringValue"]


def check_sms(message: Message) -> None:
    """Assert that an SMS is one SMS."""
    text = sms(message)
    assert set(text) <= set(BASIC + EXTENSION)
    assert 0 < septets(text) <= 140


def check_chat(message: Message) -> None:
    """Assert that a notification is as Amazon Q Developer documents it, and that nothing in it acts."""
    sent = json.loads(notification(message))
    content, metadata = sent.pop("content"), sent.pop("metadata")
    assert list(metadata) == ["threadId", "summary"]
    assert sent == {"version": "1.0", "source": "custom"}
    assert list(content) == ["textType", "title", "description", "nextSteps", "keywords"]
    assert content["textType"] == "client-markdown"
    assert 0 < len(content["description"]) <= 8000
    assert all(0 < units(text) <= 250 for text in (content["title"], metadata["summary"]))
    assert all(0 < units(step) <= 350 for step in content["nextSteps"])
    assert re.fullmatch(r"poe-budget-[0-9a-f]{16}", metadata["threadId"])
    for text in (content["title"], content["description"], *content["nextSteps"], *content["keywords"]):
        assert not ACTING.search(text)
        assert not re.search(r"@|`|~|\]\(|\\", text)


def check_record(alert: Alert) -> None:
    """Assert that machines get the fields of the contract, each of its type."""
    shown = json.loads(msgspec.json.encode(record(alert)))
    again = msgspec.convert(shown, Record)
    assert again == record(alert)
    assert (again.limit is None) == (again.percent is None) == (not isinstance(alert, OfBudget))
    assert not again.window or list(again.window) == ["start", "end"]
    assert all(datetime.fromisoformat(edge).tzinfo for edge in (again.window or {}).values())


KINDS = {f"a {kind}": messages_of(kind) for kind in Kind}


@pytest.mark.parametrize("kind", [*KINDS, "several kinds", "an incident"])
def test_every_kind_is_readable_and_valid_in_every_channel(kind: str) -> None:
    """Alerts of each kind, of several and of one cause, whatever is in them, are taken and act nowhere."""
    messages = KINDS | {"several kinds": MESSAGES, "an incident": INCIDENTS}

    @settings(max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(messages[kind])
    def check(message: Message) -> None:
        for each in (check_lines, check_slack, check_sns, check_sms, check_chat):
            each(message)

    check()


@settings(derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(ALERTS)
def test_machines_get_the_contracts_fields_of_every_kind(alert: Alert) -> None:
    """The record of any alert has the types of the contract."""
    check_record(alert)


@pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
def test_very_many_alerts_fit_into_every_channel_uncut(odd: str) -> None:
    """However many rules pass at once and whatever they are called, the limits of each channel hold."""
    every = [of_a_day(), expected()]
    every += [of_a_day(f"{place}{odd}") for place in range(2, 200)]
    message = composed(*every)
    for check in (check_slack, check_sns, check_sms, check_chat):
        check(message)
    assert CUT not in str(payload(message))
    assert "and 190 more alerts" in body(message)
    assert len(message.alerts) == 200

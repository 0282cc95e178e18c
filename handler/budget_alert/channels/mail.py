"""Message -> the mail a person reads: subject and plain text."""

import re
from collections.abc import Iterator
from unicodedata import normalize

from budget_alert.messages.compose import Message, more
from budget_alert.messages.sections import Section
from budget_alert.messages.wording import bar, name

LONGEST_SUBJECT = 99
LONGEST_ACCOUNT = 30
LARGEST_MAIL_BYTES = 20_000
CUT = "This mail is cut here; the rest would not fit."
_ASCII = str.maketrans(
    {"“": '"', "”": '"', "…": "...", "\u2018": "'", "\u2019": "'", "\u2013": "-", "\u2014": "-"}
)
_NOT_ASCII = re.compile(r"[^ -~]+")


def subject(message: Message) -> str:
    """Give a subject as SNS wants it: printable ASCII on one line, under 100 characters, a letter first.

    The rule: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, "Subject".
    """
    account = name(message.account, LONGEST_ACCOUNT)
    words = ascii_only(f"Poe {message.severity} ({account}): {message.title}")
    return words if len(words) <= LONGEST_SUBJECT else words[: LONGEST_SUBJECT - 3].rstrip() + "..."


def ascii_only(text: str) -> str:
    """Give a text in printable ASCII: accents go, and a run of what has no such letter becomes one "?"."""
    decomposed = normalize("NFKD", text.translate(_ASCII).replace("\u2068", "").replace("\u2069", ""))
    unaccented = "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f")
    return _NOT_ASCII.sub("?", unaccented)


def body(message: Message) -> str:
    """Give the text of the mail, at most 20,000 bytes of UTF-8, cut between two lines."""
    return "\n".join(_fitting(_lines(message)))


def _lines(message: Message) -> Iterator[str]:
    yield message.title
    for section in message.sections:
        yield ""
        yield from _section(section)
    if message.more:
        yield ""
        yield more(message)
    yield ""
    yield f"Account {name(message.account)}, severity {message.severity}."


def _section(section: Section) -> Iterator[str]:
    yield section.heading
    for gauge in section.gauges:
        yield f"{bar(gauge.percent)} {gauge.words}"
    yield from section.facts
    if section.note:
        yield section.note
    if section.advice:
        yield "What to do next:"
    for step in section.advice:
        yield f"- {step}"


def _fitting(lines: Iterator[str]) -> Iterator[str]:
    room = LARGEST_MAIL_BYTES - len(CUT)
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            yield CUT
            return
        yield line

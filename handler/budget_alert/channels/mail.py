"""Message -> what a person reads as plain text: a mail with its subject, and one SMS of GSM-7.

The alphabet of the SMS is that of 3GPP TS 23.038, section 6.2.1, without its line breaks; the characters of
its extension count double.
"""

import re
from collections.abc import Iterator, Sequence
from unicodedata import normalize

from budget_alert.channels.markup import bounded, severity_line, shown
from budget_alert.messages.parts import Link, Message, Section
from budget_alert.messages.wording import whose

LONGEST_SUBJECT = 99
LONGEST_ACCOUNT = 30
LARGEST_MAIL_BYTES = 20_000
DIVIDER = "─" * 20
CUT = "This mail is cut here; the rest would not fit."
LONGEST_SMS = 140
BASIC = (
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€"
_FOREIGN = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]+")
_ELLIPSIS = "..."
_ASCII = str.maketrans(
    {"“": '"', "”": '"', "…": "...", "\u2018": "'", "\u2019": "'", "\u2013": "-", "\u2014": "-"}
)
_NO_ISOLATES = dict.fromkeys(map(ord, "\u2068\u2069"))
_NOT_ASCII = re.compile(r"[^ -~]+")


def subject(message: Message) -> str:
    """Give a subject as SNS wants it: UTF-8 on one line without control characters, under 100 of them.

    The rule is botocore 1.44.8's own; AWS's older pages ask for ASCII, which `ascii_only` gives.
    """
    owner = whose(message.account, LONGEST_ACCOUNT).removeprefix("account ")
    words = f"Poe {message.severity}{f' ({owner})' if owner else ''}: {message.title}".translate(_NO_ISOLATES)
    return words if len(words) <= LONGEST_SUBJECT else _between_words(words[:LONGEST_SUBJECT]) + "…"


def _between_words(words: str) -> str:
    """Cut the last word, which may be half of one; where it is most of all, cut in its middle."""
    whole = words.rpartition(" ")[0]
    return (whole if len(whole) > LONGEST_SUBJECT // 2 else words[:-1]).rstrip()


def ascii_only(text: str) -> str:
    """Give a subject in printable ASCII: accents go, and a run of what has no such letter becomes one "?".

    It does not become longer than a subject may be.
    """
    decomposed = normalize("NFKD", text.translate(_ASCII))
    unaccented = "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f")
    return _NOT_ASCII.sub("?", unaccented)[:LONGEST_SUBJECT]


def body(message: Message) -> str:
    """Give the text of the mail, at most 20,000 bytes of UTF-8; what is cut is cut between two lines."""
    end = ["", *map(_line, message.links), severity_line(message.severity, message.account)]
    room = LARGEST_MAIL_BYTES - _bytes("\n".join(end))
    return "\n".join([*bounded(_lines(message), room, _bytes, CUT), *end])


def _lines(message: Message) -> Iterator[str]:
    yield message.title
    for place, section in enumerate(message.sections):
        yield from ("", DIVIDER, "") if place else ("",)
        if message.sections[1:]:
            yield section.headline
        yield from _section(section)
    if message.more:
        yield ""
        yield message.more


def _line(link: Link) -> str:
    return f"{link.label}: {link.url}"


def _section(section: Section) -> Iterator[str]:
    yield from shown(section)
    if section.also:
        yield from _items(section.also_heading, section.also)
    if section.advice:
        yield from _items("What to do next", (*section.advice, *map(_line, section.links)))
    if section.note:
        yield ""
        yield section.note


def _items(heading: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"{heading}:"
    yield from (f"- {line}" for line in lines)


def _bytes(text: str) -> int:
    return len(text.encode())


def sms(message: Message) -> str:
    """Give the title and, where it fits, what comes of it; what GSM-7 lacks is replaced."""
    title, outlook = gsm7(f"Poe: {message.title}"), message.sections[0].outlook
    whole = gsm7(". ".join([title.rstrip("."), *([outlook] if outlook else [])]))
    return whole if septets(whole) <= LONGEST_SMS else _cut(title)


def gsm7(text: str) -> str:
    """Give a text in GSM-7: accents it lacks go, and a run of other characters becomes one "?"."""
    return _FOREIGN.sub(lambda run: ascii_only(run[0]).replace("`", "'"), normalize("NFC", text))


def septets(text: str) -> int:
    """Count the septets of a text in GSM-7."""
    return len(text) + sum(character in EXTENSION for character in text)


def _cut(text: str) -> str:
    if septets(text) <= LONGEST_SMS:
        return text
    kept = text[: LONGEST_SMS - len(_ELLIPSIS)]
    while septets(kept) > LONGEST_SMS - len(_ELLIPSIS):
        kept = kept[:-1]
    return kept.rstrip() + _ELLIPSIS

"""Message -> one SMS: at most 140 characters of GSM-7.

The alphabet is that of 3GPP TS 23.038, section 6.2.1, without its line breaks; the characters of its
extension count double.
"""

import re
from unicodedata import normalize

from budget_alert.channels.mail import ascii_only
from budget_alert.messages.compose import Message

LONGEST = 140
BASIC = (
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€"
_FOREIGN = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]+")
_ELLIPSIS = "..."


def sms(message: Message) -> str:
    """Give the title and, where it fits, the first fact; what GSM-7 lacks is replaced."""
    title = gsm7(f"Poe: {message.title}")
    facts = [fact for fact in message.sections[0].facts[:1] if fact != message.title]
    whole = gsm7(". ".join([title.rstrip("."), *facts]))
    return whole if septets(whole) <= LONGEST else _cut(title)


def gsm7(text: str) -> str:
    """Give a text in GSM-7: accents it lacks go, and a run of other characters becomes one "?"."""
    return _FOREIGN.sub(lambda run: ascii_only(run[0]).replace("`", "'"), normalize("NFC", text))


def septets(text: str) -> int:
    """Count the septets of a text in GSM-7."""
    return len(text) + sum(character in EXTENSION for character in text)


def _cut(text: str) -> str:
    if septets(text) <= LONGEST:
        return text
    kept = text[: LONGEST - len(_ELLIPSIS)]
    while septets(kept) > LONGEST - len(_ELLIPSIS):
        kept = kept[:-1]
    return kept.rstrip() + _ELLIPSIS

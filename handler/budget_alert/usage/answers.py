"""What every answer of Poe's has to be before anything in it is read: JSON, and no proxy's web page."""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from budget_alert.errors import UnreadableAnswerError
from budget_alert.usage.fields import NOT_A_VALUE

T = TypeVar("T")

UNREADABLE = (msgspec.DecodeError, RecursionError, *NOT_A_VALUE)
"""What reading a part of an answer may raise for one that cannot be read."""

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def decoded(
    body: bytes, decoder: msgspec.json.Decoder[T], unreadable: Callable[[str], UnreadableAnswerError]
) -> T:
    """Decode an answer, with half a character in any of its texts replaced.

    Raises the error that `unreadable` makes of what is wrong with an answer as a whole.
    """
    if body.lstrip()[:1] == b"<":
        raise unreadable("it is a web page, as a proxy sends one")
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        if (whole := _without_lone_surrogates(body)) != body:
            return decoded(whole, decoder, unreadable)
        raise unreadable(f"it is no such JSON ({error})") from error


def _without_lone_surrogates(body: bytes) -> bytes:
    """Put the replacement character where a JSON escape stands for half a character.

    Whoever cuts a name in mid-character makes such an escape, and it must not spoil what is around it.
    """
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape["lone"] else escape[0], body)

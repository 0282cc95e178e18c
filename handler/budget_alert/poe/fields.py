"""The values of a row of Poe's usage history, read in any spelling that is safe to read, within bounds."""

import hashlib
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import msgspec

from budget_alert.errors import UnreadableAnswerError

T = TypeVar("T")

LARGEST_COST = 10**15
"""In points, and in millionths of a dollar."""
LATEST_MICROS = 253_402_300_799_999_999
"""The last microsecond of the year 9999, as microseconds since 1970."""
LONGEST_NUMBER = 40
LONGEST_NAME_BYTES = 120
LONGEST_ID_BYTES = 512
DIGEST_CHARACTERS = 8
NOT_A_VALUE = (ValueError, ArithmeticError)
"""What the functions of this module raise for a value that they cannot read."""

UNREADABLE = (msgspec.DecodeError, RecursionError, *NOT_A_VALUE)
"""What reading a part of an answer may raise for one that cannot be read."""

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def creation_time(value: float | str) -> int:
    """Read a time in microseconds since 1970, up to the year 9999; raises one of NOT_A_VALUE."""
    micros = _integral(value, LATEST_MICROS)
    if micros < 0:
        raise ValueError
    return micros


def points(value: float | str) -> int:
    """Read a cost in points, with its sign; raises one of NOT_A_VALUE."""
    return _integral(value, LARGEST_COST)


def usd_micros(value: float | str) -> int | None:
    """Read a price such as "0.12", "$0.12" or 0.12 in millionths of a dollar; None for what is no price.

    The field is undocumented, so nothing that it may hold makes its row unreadable.
    """
    try:
        micros = _number(value.removeprefix("$") if isinstance(value, str) else value) * 1_000_000
        return int(micros.to_integral_value()) if -LARGEST_COST <= micros <= LARGEST_COST else None
    except NOT_A_VALUE:
        return None


def query_id(value: str) -> str:
    """Give a query id that can be asked to go on after; raises one of NOT_A_VALUE."""
    if not value or len(value.encode()) > LONGEST_ID_BYTES:
        raise ValueError
    return value


def name(value: str) -> str:
    """Bound a name in bytes, for it is stored with every slot.

    What is cut ends in an ellipsis and a digest of the whole, so that two long names stay apart.
    """
    raw = value.encode()
    if len(raw) <= LONGEST_NAME_BYTES:
        return value
    ending = "…" + hashlib.sha256(raw).hexdigest()[:DIGEST_CHARACTERS]
    return raw[: LONGEST_NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending


def _integral(value: float | str, largest: int) -> int:
    """Read 12, 12.0, "12", "12.0" and 1.2e1 alike."""
    number = _number(value)
    # The bound comes before int(): 1e999999999 is a short text, and more digits than there is memory.
    if not -largest <= number <= largest or number != number.to_integral_value():
        raise ValueError
    return int(number)


def _number(value: float | str) -> Decimal:
    """Read a number, without the minutes that a text of a million digits would take.

    It may be infinite, or NaN: that one raises an ArithmeticError where it is compared.
    """
    if isinstance(value, str) and len(value) > LONGEST_NUMBER:
        raise ValueError
    return Decimal(value)


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
        # Whoever cuts a name in mid-character makes such an escape, and it must not spoil what is around it.
        whole = _ESCAPE.sub(lambda escape: rb"\ufffd" if escape["lone"] else escape[0], body)
        if whole != body:
            return decoded(whole, decoder, unreadable)
        raise unreadable(f"it is no such JSON ({error})") from error

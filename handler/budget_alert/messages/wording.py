"""Names, numbers, money and times as a message says them."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from unicodedata import bidirectional, category
from zoneinfo import ZoneInfo

from budget_alert.config.periods import Window

UNNAMED = "(unnamed)"
LONGEST_NAME = 80
LONGEST_LINE = 500
MOST_LINES = 20
BAR_WIDTH = 20

# Format characters (zero-width ones, right-to-left overrides), halves of pairs, private and unassigned ones.
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_BLANK = frozenset({"Cc", "Zs", "Zl", "Zp"})
# Letters and symbols that are drawn as nothing: a name of these only would look empty.
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def clean(text: str) -> str:
    """Give any text as one line without control, format or invisible characters, blanks made single."""
    return " ".join("".join(_visible(text)).split())


def cut(text: str, longest: int) -> str:
    """Give at most `longest` characters of a text; what was cut ends in an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def name(text: str, longest: int = LONGEST_NAME) -> str:
    """Give what a user named, readable in a sentence: clean, cut, "(unnamed)" when nothing is left.

    A name written from right to left is isolated, so that it does not reorder the numbers beside it
    (Unicode Standard Annex 9).
    """
    shown = cut(clean(text), longest) or UNNAMED
    isolated = any(bidirectional(character) in _RIGHT_TO_LEFT for character in shown)
    return f"{_ISOLATE}{shown}{_END_OF_ISOLATE}" if isolated else shown


def quoted(text: str, longest: int = LONGEST_NAME) -> str:
    """Give a name in quotation marks."""
    return f"“{name(text, longest)}”"


def lines(text: str) -> tuple[str, ...]:
    """Give the lines of a longer text, clean and cut, none empty; at most twenty, the rest counted."""
    every = tuple(cut(line, LONGEST_LINE) for line in map(clean, text.splitlines()) if line)
    if len(every) <= MOST_LINES:
        return every
    shown = every[: MOST_LINES - 1]
    return (*shown, f"and {number(len(every) - len(shown))} more lines")


def begin(words: str) -> str:
    """Give words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def number(count: int) -> str:
    """Give a whole number, its digits grouped."""
    return f"{count:,}"


def points(count: int) -> str:
    """Give a number of points."""
    return f"{number(count)} point{'' if count == 1 else 's'}"


def percent(value: float) -> str:
    """Give percent; the decimal only where it says something, and never rounded up to the next whole."""
    return f"{value:,.1f}".removesuffix(".0") + " %"


def share(part: int, whole: int) -> str:
    """Give a part of a positive whole in whole percent, rounded down."""
    if 0 < part * 100 < whole:
        return "under 1 %"
    return percent(part * 100 // whole)


def money(usd: Decimal) -> str:
    """Give dollars to the cent."""
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"


def moment(instant: datetime, zone: str) -> str:
    """Give an instant on the clock of the IANA zone, its name beside it."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y %H:%M} ({zone})"


def day_and_time(instant: datetime, zone: str) -> str:
    """Give an instant on the clock of the IANA zone, without its year."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %H:%M}"


def span(window: Window, zone: str) -> str:
    """Give a window on the clock of the IANA zone; the clock's own name too where it changes in between."""
    start, end = (edge.astimezone(ZoneInfo(zone)) for edge in (window.start, window.end))
    if start.utcoffset() == end.utcoffset():
        return f"{day_and_time(start, zone)} to {day_and_time(end, zone)} ({zone})"
    return f"{day_and_time(start, zone)} {start:%Z} to {day_and_time(end, zone)} {end:%Z} ({zone})"


def bar(value: float, width: int = BAR_WIDTH) -> str:
    """Give percent as a bar of `width` characters; it is full from 100 on, and not before."""
    filled = max(0, min(width, int(value * width // 100)))
    return "█" * filled + "░" * (width - filled)


def _visible(text: str) -> Iterator[str]:
    for character in text:
        kind = category(character)
        if kind in _BLANK or character in _INVISIBLE:
            yield " "
        elif kind not in _DROPPED:
            yield character

"""Names, numbers and money as a message says them."""

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from unicodedata import bidirectional, category

from budget_alert.identity import ALONE, TOGETHER

UNNAMED = "(unnamed)"
LONGEST_NAME = 80
LONGEST_LINE = 500
MOST_LINES = 20
BAR_WIDTH = 10
SHORT_FROM = 10_000
THOUSAND = 1_000
ONE_DECIMAL_BELOW = 10
MILLION = 1_000_000
TWICE = 2
SPARKS = "▁▂▃▄▅▆▇█"

# Format characters (zero-width ones, right-to-left overrides), halves of pairs, private and unassigned ones.
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_BLANK = frozenset({"Cc", "Zs", "Zl", "Zp"})
# Letters and symbols that are drawn as nothing: a name of these only would look empty.
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Accents and variation selectors: by themselves they are nothing to see.
_MARKS = frozenset({"Mn", "Me", "Zs"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def clean(text: str) -> str:
    """Give any text as one line without control, format or invisible characters, blanks made single."""
    return " ".join("".join(_visible(text)).split())


def cut(text: str, longest: int) -> str:
    """Give at most `longest` characters of a text; what was cut ends in an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def name(text: str, longest: int = LONGEST_NAME, nothing: str = UNNAMED) -> str:
    """Give what a user named, readable in a sentence: clean, cut, and `nothing` when there is nothing to see.

    A name written from right to left is isolated, so that it does not reorder the numbers beside it
    (Unicode Standard Annex 9).
    """
    shown = cut(clean(text), longest)
    if all(category(character) in _MARKS for character in shown):
        return nothing
    isolated = any(bidirectional(character) in _RIGHT_TO_LEFT for character in shown)
    return f"{_ISOLATE}{shown}{_END_OF_ISOLATE}" if isolated else shown


def whose(account: str, longest: int = LONGEST_NAME) -> str:
    """Say whose usage a message is about; empty where there is one account only."""
    if account == ALONE:
        return ""
    return "all accounts" if account == TOGETHER else f"account {name(account, longest)}"


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


def listed(parts: Sequence[str]) -> str:
    """Give one part or more as a list in a sentence: a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def few(words: Sequence[str], most: int) -> list[str]:
    """Give the first words of several, and how many more there are."""
    rest = len(words) - most
    return [*words[:most], f"{number(rest)} more"] if rest > 0 else list(words)


def begin(words: str) -> str:
    """Give words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def number(count: int) -> str:
    """Give a whole number, its digits grouped."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    """Give a number of things, such as: 3 budgets."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def rough(count: int) -> int:
    """Give a number that is only foretold, to three digits: more would look as if it were known.

    It is rounded down, lest it reach a threshold that it does not.
    """
    step: int = 10 ** max(0, len(str(abs(count))) - 3)
    return count // step * step


def multiple(count: int, usual: int) -> str:
    """Say how many times as much as usual (1 or more) a number is; from twice on whole, rounded down."""
    tenfold = count * 10 // usual
    return f"{number(tenfold // 10)} times" if tenfold >= TWICE * 10 else f"{tenfold / 10:g} times"


def short(count: int) -> str:
    """Give a number to three digits, rounded down, where the exact one stands elsewhere: 38.2 k, 1.24 M."""
    if abs(count) < SHORT_FROM:
        return number(count)
    size, unit = (MILLION, "M") if abs(count) >= MILLION else (THOUSAND, "k")
    return f"{Decimal(rough(count)) / size:,f} {unit}"


def points(count: int) -> str:
    """Give a number of points."""
    return counted(count, "point")


def percent(value: float, *, exact: bool = False) -> str:
    """Give whole percent; with one decimal, where it says something, below 10 % or if `exact`.

    Nothing is rounded up: 79.96 is not 80.
    """
    if not exact and abs(value) >= ONE_DECIMAL_BELOW:
        return f"{number(int(value))} %"
    return f"{math.floor(round(value * 10, 6)) / 10:,.1f}".removesuffix(".0") + " %"


def of_limit(count: int, limit: int, decimals: int = 0) -> str:
    """Give points as percent of a limit, rounded down: what is used and what is expected alike.

    They have as many `decimals` as the threshold that stands beside them, and one below 10 %.
    """
    few = abs(count) * 100 < ONE_DECIMAL_BELOW * limit
    places = max(decimals, 1) if few else decimals
    share = Decimal(count * 100 * 10**places // limit).scaleb(-places)
    words = f"{share:,f}"
    return (words.rstrip("0").rstrip(".") if places else words) + " %"


def share(part: int, whole: int) -> str:
    """Give a part of a positive whole in whole percent, rounded down."""
    if 0 < part * 100 < whole:
        return "under 1 %"
    return percent(part * 100 // whole)


def money(usd: Decimal) -> str:
    """Give dollars to the cent."""
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"


def about(usd: Decimal | None) -> str:
    """Give dollars as the end of a phrase about points; nothing where they are unknown or none."""
    if usd is None or usd <= 0:
        return ""
    return ", under $0.01" if usd < Decimal("0.01") else f", about {money(usd)}"


def worth(count: int, usd_per_million_points: Decimal | None) -> str:
    """Give what points cost at a price as the end of a phrase; nothing where there is no price."""
    return "" if usd_per_million_points is None else about(usd_per_million_points * count / MILLION)


def bar(value: float) -> str:
    """Give percent as a bar of ten characters; it is full from 100 on, and not before."""
    filled = max(0, min(BAR_WIDTH, int(value * BAR_WIDTH // 100)))
    return "█" * filled + "░" * (BAR_WIDTH - filled)


def sparkline(values: Sequence[int]) -> str:
    """Give a row of columns, full where a value is the highest, and lowest where it is nothing or less."""
    most, steps = max(values), len(SPARKS) - 1
    return "".join(SPARKS[max(value * steps // most, 1)] if value > 0 else SPARKS[0] for value in values)


def _visible(text: str) -> Iterator[str]:
    for character in text:
        kind = category(character)
        if kind in _BLANK or character in _INVISIBLE:
            yield " "
        elif kind not in _DROPPED:
            yield character

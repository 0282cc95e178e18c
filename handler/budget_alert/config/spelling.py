"""What people write in a config: how a mistake quotes it, which right spelling is near, which names it fits.

A shell pattern fits whatever looks the same as it says: in any case, in any form of Unicode.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches
from fnmatch import translate
from functools import lru_cache

_WILDCARDS = re.compile(r"[*?\[]")
_LONGEST_QUOTE = 40
_MOST_DIGITS = 18
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


def nearest(word: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """Give the choice that `word` most likely means, whatever its case; None where none is near.

    `likeness` is how near it has to be, from 0 to 1.
    """
    spelled = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word.lower(), spelled, n=1, cutoff=likeness)
    return spelled[found[0]] if found else None


def did_you_mean(value: object, choices: Iterable[str], otherwise: str) -> str:
    """Give the end of a sentence that names the nearest choice, or `otherwise` where none is near."""
    near = nearest(value, choices) if isinstance(value, str) else None
    return f'did you mean "{near}"?' if near else otherwise


def either(words: Sequence[str]) -> str:
    """Give words of which one is meant, the last after an "or"; there is at least one."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def shown(value: object) -> str:
    """Give a value of a config as a mistake quotes it: short and on one line, whatever it is."""
    if isinstance(value, str):
        return f'"{_printable(value)}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_MOST_DIGITS else f"a number of over {_MOST_DIGITS} digits"
    if isinstance(value, Decimal):
        return _printable(str(value))
    if isinstance(value, date | time):
        return value.isoformat()
    return "a list" if isinstance(value, list) else "a table"


def is_printable(text: str) -> bool:
    """Tell whether `text` has no control characters, line breaks or halves of characters."""
    return not any(unicodedata.category(character) in _UNPRINTABLE for character in text)


def _printable(text: str) -> str:
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    # Stricter than is_printable: in a quotation, what cannot be seen is what is wrong.
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in short)


def folded(text: str) -> str:
    """Give what is the same for two texts that differ only in case or in how Unicode spells them."""
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


@lru_cache(maxsize=4096)
def fits(patterns: tuple[str, ...], name: str) -> bool:
    """Tell whether one of the patterns fits the whole name; none fits no name.

    A bracket begins a choice of characters, and stands for itself too: names have brackets.
    """
    return bool(patterns) and any(_matcher(patterns)(each) for each in {name, folded(name)})


@lru_cache(maxsize=512)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    spellings = dict.fromkeys(spelling for pattern in patterns for spelling in _spellings(pattern))
    return re.compile("|".join(translate(each) for each in spellings), re.IGNORECASE).match


def _spellings(pattern: str) -> Iterator[str]:
    # What is written is tried too: folding makes two letters of some that one `?` should fit.
    yield pattern
    plain = folded("".join(map(_unlike_a_wildcard, unicodedata.normalize("NFC", pattern))))
    yield plain
    yield plain.replace("[", "[[]")


def _unlike_a_wildcard(character: str) -> str:
    """Give a character so that folding makes no wildcard of it: a wide asterisk is none."""
    if character.isascii():
        return character
    return _WILDCARDS.sub(r"[\g<0>]", unicodedata.normalize("NFKC", character))

"""Shell patterns for names, which fit whatever looks the same: in any case, in any form of Unicode."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from fnmatch import translate
from functools import lru_cache

_WILDCARDS = re.compile(r"[*?\[]")


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

"""Shell patterns for names, which fit in any case."""

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=4096)
def fits(patterns: tuple[str, ...], name: str) -> bool:
    """Tell whether one of the patterns fits the whole name, whatever its case; none fits no name."""
    return bool(patterns) and _matcher(patterns)(name) is not None


@lru_cache(maxsize=512)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(translate(pattern) for pattern in patterns), re.IGNORECASE).match

"""What a terminal's encoding has no character for, said with those that every one has."""

import codecs
import sys
from io import TextIOWrapper
from unicodedata import combining, normalize

READABLE = "poe-budget-readable"
_PLAIN = str.maketrans(
    {
        **dict(zip("▁▂▃▄▅▆▇█░", "_.:-=+*#.", strict=True)),
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        **dict.fromkeys("\u2010\u2011\u2013\u2014\u2212─", "-"),
        **dict.fromkeys("•·", "*"),
        "│": "|",
        "…": "...",
        "\u00d7": "x",
        "€": "EUR",
        "£": "GBP",
        "≤": "<=",
        "≥": ">=",
        "→": "->",
        "🔴": "(red)",
        "🟡": "(yellow)",
        "🔵": "(blue)",
    }
)


def make_readable() -> None:
    """Let nothing that is printed fail on the encoding of where it goes, and stay readable there."""
    codecs.register_error(READABLE, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def plain(text: str) -> str:
    """Say a text in ASCII: letters without their accents, bars of #, and the rest by its number."""
    return "".join(map(_letter, text.translate(_PLAIN)))


def _letter(character: str) -> str:
    bare = "".join(each for each in normalize("NFKD", character) if not combining(each))
    return bare if bare.isascii() and bare else character.encode("ascii", "backslashreplace").decode()


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end

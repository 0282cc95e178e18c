"""What commands print: results on stdout, everything else on stderr, readable in every encoding."""

import codecs
import json
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from unicodedata import combining, normalize

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

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


def is_answered() -> bool:
    """Tell whether somebody is there who can answer a question."""
    return sys.stdin.isatty()


def say(line: str = "") -> None:
    """Print a line of the result."""
    # Named, for click would write UTF-8 of its own accord where a terminal has another encoding.
    click.echo(line, file=sys.stdout)


def say_wrapped(line: str) -> None:
    """Print a line of the result; what a terminal has no room for goes on below, indented.

    Where it is no terminal that reads, the line stays whole: programs look for words in it.
    """
    terminal = console()
    if terminal.is_terminal:
        line = textwrap.fill(
            line, terminal.width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
    say(line)


def note(line: str) -> None:
    """Print a line that is no part of the result."""
    click.echo(line, file=sys.stderr)


def say_report(report: msgspec.Struct, lines: Iterable[str], *, as_json: bool) -> None:
    """Print a report: for programs, or else these lines for people."""
    for line in [json_of(report)] if as_json else lines:
        say(line)


def json_of(report: msgspec.Struct) -> str:
    """Give a report for programs, in ASCII: no name in it can steer a terminal, or be unprintable in one."""
    return json.dumps(msgspec.to_builtins(report), indent=2)


def console(*, stderr: bool = False) -> Console:
    """Give a terminal to draw on; what is drawn must be Text, for names are hostile."""
    return Console(highlight=False, markup=False, emoji=False, stderr=stderr)


@contextmanager
def progress(words: str) -> Iterator["Reporter"]:
    """Show on stderr, where that is a terminal, how a long reading goes; leave nothing behind."""
    terminal = Console(stderr=True, highlight=False)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as shown:
        yield Reporter(shown, shown.add_task(words, total=1.0))


class Reporter:
    """Shows how a long reading goes."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def reached(self, done: float, words: str) -> None:
        """Take how much is done, from 0 to 1, and words for how far it came."""
        self._shown.update(self._task, completed=done, description=words)

    def wait(self, seconds: float) -> None:
        """Wait for so long, and say that this is so."""
        self._shown.update(self._task, description=f"Poe wants a pause: going on in {seconds:.0f} seconds")
        time.sleep(seconds)


def notes(sentences: Iterable[str]) -> None:
    """Print what the reader of a result should know of it."""
    for sentence in sentences:
        note(f"Note: {sentence}.")


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

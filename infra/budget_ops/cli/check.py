"""`poe-budget check`: every mistake in a config, or what it means."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from budget_alert.config.budgets import MOST_BYTES, parse
from budget_alert.config.layout import RULES
from budget_alert.errors import ConfigError
from budget_alert.messages.wording import clean, name
from budget_ops.cli.command import Command
from budget_ops.cli.files import READ
from budget_ops.cli.lines import loaded, placed
from budget_ops.cli.options import as_json
from budget_ops.cli.output import say_json, say_wrapped
from budget_ops.cli.sentences import Meaning, meanings, setting
from budget_ops.errors import OpsError

FINDING = 1
_NOT_TEXT = "is not UTF-8; is this a config? If so, save it as UTF-8"
_MUCH_TOO_LARGE = 2 * MOST_BYTES
_RULE = re.compile(rf"^\s*\[+\s*({'|'.join((*RULES, 'digest'))})\b", re.MULTILINE)


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake, and its line, from 1; None where it is about the whole file."""

    line: int | None
    words: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What `check --json` prints: the mistakes, or else what holds for all rules and what each one means."""

    file: str
    good: bool
    mistakes: tuple[Mistake, ...] = ()
    words: str | None = None
    rules: tuple[Meaning, ...] = ()


@click.command(cls=Command, example="poe-budget check budgets.toml")
@click.argument("file", type=READ)
@as_json
def command(*, file: Path, as_json: bool) -> int:
    """Find every mistake in a config, or say what it means.

    FILE is a config, in TOML. Each mistake comes with its line, and the exit status is 1 where there is one.
    """
    found = check(file)
    if as_json:
        say_json(found)
    else:
        show(found)
    return 0 if found.good else FINDING


def check(file: Path) -> Checked:
    """Read a config and judge it; raises OpsError where the file cannot be read."""
    return checked(file)[1]


def checked(file: Path) -> tuple[str, Checked]:
    """Give a config's text as well, "" for what is none: a pipe can be read only once."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise OpsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        return "", Checked(file=str(file), good=False, mistakes=(Mistake(line=None, words=_NOT_TEXT),))
    try:
        config = parse(text)
    except ConfigError as error:
        return text, Checked(file=str(file), good=False, mistakes=tuple(_mistakes(error, text)))
    return text, Checked(file=str(file), good=True, words=setting(config), rules=tuple(meanings(config)))


def _mistakes(error: ConfigError, text: str) -> Iterator[Mistake]:
    """Give what is wrong by its line, what is about the whole file first."""
    doubt = "" if _is_like_a_config(text) else "; is this a config?"
    for line, words in sorted(placed(error.mistakes, text), key=lambda found: found[0] or 0):
        yield Mistake(line=line, words=f"{words}{doubt}")


def _is_like_a_config(text: str) -> bool:
    if len(text.encode()) > _MUCH_TOO_LARGE:
        return False
    return _RULE.search(text) is not None or loaded(text.removeprefix("\ufeff")) is not None


def show(found: Checked) -> None:
    """Print what was found, for people."""
    for mistake in found.mistakes:
        place = f"{found.file}:{mistake.line}" if mistake.line else found.file
        say_wrapped(f"{place}: {clean(mistake.words)}")
    if found.good:
        say_wrapped(f"{found.file} is in order; {found.words}.")
    for rule in found.rules:
        say_wrapped(f"- {name(rule.name)}: {rule.words}.")

"""`poe-budget check`: every mistake in a config, or what it means."""

from pathlib import Path

import click
import msgspec

from budget_alert.config.budgets import parse
from budget_alert.errors import ConfigError
from budget_alert.messages.wording import clean, name
from budget_ops.cli.command import Command
from budget_ops.cli.lines import placed
from budget_ops.cli.options import as_json
from budget_ops.cli.output import say, say_json
from budget_ops.cli.sentences import Meaning, meanings, setting
from budget_ops.errors import OpsError

FINDING = 1
_NOT_TEXT = "is not UTF-8; save it as UTF-8"


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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def command(*, file: Path, as_json: bool) -> int:
    """Find every mistake in a config, or say what it means.

    FILE is a config, in TOML. Each mistake comes with its line, and the exit status is 1 where there is one.
    """
    checked = check(file)
    if as_json:
        say_json(checked)
    else:
        show(checked)
    return 0 if checked.good else FINDING


def check(file: Path) -> Checked:
    """Read a config and judge it; raises OpsError where the file cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
        config = parse(text)
    except OSError as error:
        raise OpsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        return Checked(file=str(file), good=False, mistakes=(Mistake(line=None, words=_NOT_TEXT),))
    except ConfigError as error:
        mistakes = tuple(Mistake(line=line, words=words) for line, words in placed(error.mistakes, text))
        return Checked(file=str(file), good=False, mistakes=mistakes)
    return Checked(file=str(file), good=True, words=setting(config), rules=tuple(meanings(config)))


def show(checked: Checked) -> None:
    """Print what was found, for people."""
    for mistake in checked.mistakes:
        place = f"{checked.file}:{mistake.line}" if mistake.line else checked.file
        say(f"{place}: {clean(mistake.words)}")
    if checked.good:
        say(f"{checked.file} is in order; {checked.words}.")
    for rule in checked.rules:
        say(f"- {name(rule.name)}: {rule.words}.")

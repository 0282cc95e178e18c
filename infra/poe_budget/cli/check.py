"""`poe-budget check`: every mistake in a config, or what it means."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click
import msgspec
from click.exceptions import Exit

from budget_alert.config.keys import Tables, declared
from budget_alert.config.reading import MOST_BYTES, parse
from budget_alert.config.schema import Config
from budget_alert.config.spelling import shown
from budget_alert.errors import ConfigError
from budget_alert.messages.wording import clean, name
from budget_alert.secret import Keyring, parse_secret
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ, READ_OR_PIPED
from poe_budget.cli.options import FINDING, as_json
from poe_budget.cli.sentences import Meaning, meanings, setting
from poe_budget.errors import OpsError
from poe_budget.keyring import contents_of, mistakes_of
from poe_budget.output import json_of, say, say_wrapped
from poe_budget.past.history import now
from poe_budget.past.saved import STANDARD_INPUT, opened

_NOT_TEXT = "is not UTF-8; is this a config? If so, save it as UTF-8"
_BARE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SYNTAX = re.compile(r"line ([0-9]+): ")
_MUCH_TOO_LARGE = 2 * MOST_BYTES
_TABLES = "|".join(key for key, part in declared(Config).items() if isinstance(part, Tables))
_RULE = re.compile(rf"^\s*\[+\s*({_TABLES})\b", re.MULTILINE)


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


class Candidate(msgspec.Struct, frozen=True):
    """A config that may be put in force: what it is called, its text, and what that says."""

    name: str
    text: str
    config: Config


@click.command(cls=Command, example="poe-budget check budgets.toml")
@click.argument("file", type=READ, required=False)
@click.option(
    "--secret",
    type=READ_OR_PIPED,
    metavar="FILE",
    help="Check what is to be put into the secret, without showing it; - reads standard input. "
    "Beside a config, also whether it holds every channel that its rules notify.",
)
@as_json
def command(*, file: Path | None, secret: Path | None, as_json: bool) -> int:
    """Find every mistake in a config, or say what it means.

    FILE is a config, in TOML. Each mistake comes with its line, and the exit status is 1 where there is one.
    """
    if file:
        good, found = _check(file)
        if secret and good:
            found = _check_beside(found, good.config, secret)
    elif secret:
        found = _check_secret(*_read_secret(secret))
    else:
        raise click.MissingParameter(
            ctx=click.get_current_context(), param_hint="'FILE'", param_type="argument"
        )
    _report(found, as_json=as_json)
    return 0 if found.good else FINDING


def candidate(file: Path, *, as_json: bool) -> Candidate:
    """Read a config; one with mistakes ends the command, with these printed. Raises OpsError as `check`."""
    good, found = _check(file)
    if good:
        return good
    _report(found, as_json=as_json)
    raise Exit(FINDING)


def _check(file: Path) -> tuple[Candidate | None, Checked]:
    """Read a config, once, and find its mistakes, or give it. Raises OpsError."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise OpsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        return None, _faulty(str(file), [_NOT_TEXT])
    try:
        config = parse(text)
    except ConfigError as error:
        is_toml = _RULE.search(text) or _loaded(text.removeprefix("\ufeff")) is not None
        doubt = "" if is_toml and len(text.encode()) <= _MUCH_TOO_LARGE else "; is this a config?"
        found = sorted(placed(error.mistakes, text), key=lambda found: found[0] or 0)
        mistakes = tuple(Mistake(line=line, words=f"{words}{doubt}") for line, words in found)
        return None, Checked(file=str(file), good=False, mistakes=mistakes)
    good = Checked(file=str(file), good=True, words=setting(config, now()), rules=tuple(meanings(config)))
    return Candidate(str(file), text, config), good


def _check_beside(found: Checked, config: Config, file: Path) -> Checked:
    """Check a secret beside a good config: also that it holds every channel that rules name."""
    name, keyring = _read_secret(file)
    secret = _check_secret(name, keyring)
    lacking = [channel for channel in config.channels if channel not in keyring.webhooks]
    words = [f"slack_webhooks does not hold {shown(channel)}, which a rule notifies" for channel in lacking]
    if secret.good and not words:
        return msgspec.structs.replace(found, words=f"{found.words}; in the secret, {secret.words}")
    return _faulty(name, [*(mistake.words for mistake in secret.mistakes), *words])


def _read_secret(file: Path) -> tuple[str, Keyring]:
    name = "the standard input" if file == STANDARD_INPUT else str(file)
    try:
        with opened(file) as secret:
            return name, parse_secret(secret.read().decode("utf-8"))
    except UnicodeDecodeError:
        return name, Keyring(problem="is not UTF-8; save it as UTF-8")


def _check_secret(name: str, keyring: Keyring) -> Checked:
    """Say what a secret holds, without any part of a value."""
    if found := mistakes_of(keyring):
        return _faulty(name, found)
    return Checked(file=name, good=True, words=contents_of(keyring))


def _faulty(name: str, found: Iterable[str]) -> Checked:
    return Checked(file=name, good=False, mistakes=tuple(Mistake(line=None, words=words) for words in found))


def _report(found: Checked, *, as_json: bool) -> None:
    if as_json:
        say(json_of(found))
        return
    for mistake in found.mistakes:
        place = f"{found.file}:{mistake.line}" if mistake.line else found.file
        say_wrapped(f"{place}: {clean(mistake.words)}")
    if found.good:
        say_wrapped(f"{found.file} is in order; {found.words}.")
    for rule in found.rules:
        say_wrapped(f"- {name(rule.name)}: {rule.words}.")


def placed(mistakes: Iterable[str], text: str) -> list[tuple[int | None, str]]:
    """Give each mistake that `parse` has found in a text with its line, from 1; None where it has none.

    A mistake at a key that is missing is on the line that begins its table.
    """
    lines: dict[str, int] = {}
    found: list[tuple[int | None, str]] = []
    for mistake in mistakes:
        if syntax := _SYNTAX.match(mistake):
            found.append((int(syntax[1]), mistake[syntax.end() :]))
        else:
            lines = lines or lines_of(text)
            found.append((_line(mistake, lines), mistake))
    return found


def lines_of(text: str) -> dict[str, int]:
    """Give the line on which each key of a TOML text begins, by its path as mistakes spell it.

    A line is what it takes for its key to be there when all before it is read: so it is right for
    every way to write a table, a list or a text over many lines.
    """
    lines: dict[str, int] = {}
    begins, read = 1, ""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        read += line + "\n"
        if begins == number and (not line.strip() or line.lstrip().startswith("#")):
            begins = number + 1
        elif (known := _loaded(read)) is not None:
            for path in _paths(known):
                lines.setdefault(path, begins)
            begins = number + 1
    return lines


def _loaded(text: str) -> dict[str, object] | None:
    """Read TOML; None for what is none, such as the beginning of a text that ends within a value."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _paths(values: dict[str, object], place: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{place}{key if _BARE.fullmatch(key) else shown(key)}"
        yield path
        for spelled, table in _tables(path, value):
            yield spelled
            yield from _paths(table, f"{spelled}.")


def _tables(path: str, value: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Give the tables at a path: mistakes call a lone one the first, and the first one a lone one."""
    items = value if isinstance(value, list) else [value]
    for number, item in enumerate(items, 1):
        if isinstance(item, dict):
            yield f"{path}[{number}]", item
            if number == 1:
                yield path, item


def _line(mistake: str, lines: Mapping[str, int]) -> int | None:
    ends = ":", " of ", "[", "."
    paths = [path for path in lines if mistake.startswith(tuple(path + end for end in ends))]
    return lines[max(paths, key=len)] if paths else None

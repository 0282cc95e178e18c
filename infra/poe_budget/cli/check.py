"""`poe-budget check`: every mistake in a config, or what it means."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import click
import msgspec

from budget_alert.config.keys import Tables, declared
from budget_alert.config.reading import MOST_BYTES, parse
from budget_alert.config.schema import Config
from budget_alert.errors import ConfigError, SecretError
from budget_alert.messages.wording import clean, counted, name
from budget_alert.secret import NAMES, SHAPE, Keyring, parse_keyring
from poe_budget.cli.command import Command
from poe_budget.cli.files import READ, READ_OR_PIPED
from poe_budget.cli.lines import loaded, placed
from poe_budget.cli.options import as_json
from poe_budget.cli.output import say_json, say_wrapped
from poe_budget.cli.sentences import Meaning, meanings, setting
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.past.poe import now
from poe_budget.past.saved import STANDARD_INPUT, opened

FINDING = 1
_NOT_TEXT = "is not UTF-8; is this a config? If so, save it as UTF-8"
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


@click.command(cls=Command, example="poe-budget check budgets.toml")
@click.argument("file", type=READ, required=False)
@click.option(
    "--secret",
    type=READ_OR_PIPED,
    metavar="FILE",
    help="Check what is to be put into the secret instead, without showing it; - reads standard input.",
)
@as_json
def command(*, file: Path | None, secret: Path | None, as_json: bool) -> int:
    """Find every mistake in a config, or say what it means.

    FILE is a config, in TOML. Each mistake comes with its line, and the exit status is 1 where there is one.
    """
    if file and secret:
        raise WrongUseError("give either a config, or --secret with a file that holds a secret")
    if secret:
        found = check_secret(secret)
    elif file:
        found = check(file, now())
    else:
        raise click.MissingParameter(
            ctx=click.get_current_context(), param_hint="'FILE'", param_type="argument"
        )
    if as_json:
        say_json(found)
    else:
        show(found)
    return 0 if found.good else FINDING


def check(file: Path, now: datetime) -> Checked:
    """Read a config and find its mistakes; raises OpsError where the file cannot be read."""
    return checked(file, now)[1]


def checked(file: Path, now: datetime) -> tuple[str, Checked]:
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
    return text, Checked(file=str(file), good=True, words=setting(config, now), rules=tuple(meanings(config)))


def check_secret(file: Path) -> Checked:
    """Read what is to be put into the secret, and say what it holds without any part of a value."""
    name = "the standard input" if file == STANDARD_INPUT else str(file)
    try:
        with opened(file) as secret:
            keyring = parse_keyring(secret.read().decode("utf-8"))
    except UnicodeDecodeError:
        return _faulty(name, ["is not UTF-8; save it as UTF-8"])
    except SecretError as error:
        return _faulty(name, [str(error)])
    found = [_of_account(keyring, account, fault) for account, fault in sorted(keyring.faults.items())]
    if keyring.misnamed:
        found.append(f"{counted(keyring.misnamed, 'account')} cannot be called so: name each by {NAMES}")
    found += [words for words in (keyring.slack_problem, keyring.doubt) if words]
    return _faulty(name, found) if found else Checked(file=name, good=True, words=_held(keyring))


def _faulty(name: str, found: Iterable[str]) -> Checked:
    return Checked(file=name, good=False, mistakes=tuple(Mistake(line=None, words=words) for words in found))


def _of_account(keyring: Keyring, account: str, fault: str) -> str:
    return f'the account "{account}": {fault}' if keyring.several else f"{fault}; {SHAPE}"


def _held(keyring: Keyring) -> str:
    slack = "alerts go to Slack too" if keyring.slack_webhook_url else "without Slack"
    if not keyring.several:
        return f"it holds the key of one account; {slack}"
    names = ", ".join(f'"{account}"' for account in keyring.accounts)
    return f"it holds the keys of {counted(len(keyring.accounts), 'account')}, {names}; {slack}"


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

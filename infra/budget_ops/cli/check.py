"""`poe-budget check`: every mistake in a config, or what it means."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from budget_alert.config.budgets import MOST_BYTES, parse
from budget_alert.config.layout import RULES
from budget_alert.credentials import NAMES, Keyring, parse_keyring
from budget_alert.errors import ConfigError, SecretError
from budget_alert.messages.wording import clean, counted, name
from budget_alert.secret_text import SHAPE
from budget_ops.cli.command import Command
from budget_ops.cli.lines import loaded, placed
from budget_ops.cli.options import as_json
from budget_ops.cli.output import say_json, say_wrapped
from budget_ops.cli.sentences import Meaning, meanings, setting
from budget_ops.errors import OpsError, WrongUseError
from budget_ops.past.poe import now

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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--secret",
    type=click.File("rb"),
    metavar="FILE",
    help="Check what is to be put into the secret instead, without showing it; - reads standard input.",
)
@as_json
def command(*, file: Path | None, secret: BinaryIO | None, as_json: bool) -> int:
    """Find every mistake in a config, or say what it means.

    FILE is a config, in TOML. Each mistake comes with its line, and the exit status is 1 where there is one.
    """
    if file and secret:
        raise WrongUseError("give either a config, or --secret with a file that holds a secret")
    if secret:
        checked = check_secret(secret)
    elif file:
        checked = check(file, now())
    else:
        raise click.MissingParameter(
            ctx=click.get_current_context(), param_hint="'FILE'", param_type="argument"
        )
    if as_json:
        say_json(checked)
    else:
        show(checked)
    return 0 if checked.good else FINDING


def check(file: Path, now: datetime) -> Checked:
    """Read a config and find its mistakes; raises OpsError where the file cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
        config = parse(text)
    except OSError as error:
        raise OpsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        return Checked(file=str(file), good=False, mistakes=(Mistake(line=None, words=_NOT_TEXT),))
    except ConfigError as error:
        return Checked(file=str(file), good=False, mistakes=tuple(_mistakes(error, text)))
    return Checked(file=str(file), good=True, words=setting(config, now), rules=tuple(meanings(config)))


def check_secret(file: BinaryIO) -> Checked:
    """Read what is to be put into the secret, and say what it holds without any part of a value."""
    name = getattr(file, "name", "<stdin>")
    try:
        keyring = parse_keyring(file.read().decode("utf-8"))
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


def show(checked: Checked) -> None:
    """Print what was found, for people."""
    for mistake in checked.mistakes:
        place = f"{checked.file}:{mistake.line}" if mistake.line else checked.file
        say_wrapped(f"{place}: {clean(mistake.words)}")
    if checked.good:
        say_wrapped(f"{checked.file} is in order; {checked.words}.")
    for rule in checked.rules:
        say_wrapped(f"- {name(rule.name)}: {rule.words}.")

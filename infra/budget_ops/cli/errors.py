"""Any failure of a command -> one line that says what to do, and an exit status."""

import re
import traceback
from collections.abc import Mapping

import click

from budget_alert.errors import (
    BudgetAlertError,
    KeyRefusedError,
    ListBrokenError,
    PoeUnavailableError,
    RateLimitedError,
    UnknownPositionError,
    UnreadableAnswerError,
)
from budget_alert.messages.wording import clean
from budget_ops.errors import OpsError, WrongUseError

FAILED, WRONG_USE = 1, 2
SECRETS = ("POE_API_KEY", "SLACK_WEBHOOK_URL")
_AGAIN = "run the same command again later"
_ADVICE: dict[type[BudgetAlertError], str] = {
    KeyRefusedError: "make a new key at https://poe.com/api_key and set POE_API_KEY to it",
    RateLimitedError: "let other programs with this account ask less often, or " + _AGAIN,
    PoeUnavailableError: _AGAIN,
    UnreadableAnswerError: "check POE_API_URL, then look for a newer version of this program",
    UnknownPositionError: _AGAIN,
    ListBrokenError: f"{_AGAIN}; if it lasts, tell Poe's support",
}
_SENTENCE = re.compile(r"[.:] ")
_UNREACHED = re.compile(r"\((?:NameResolution|NewConnection|ConnectTimeout|Proxy|SSL)Error\)$")
"""The errors of urllib3 that come before any answer: nothing of Poe has been heard."""


def line_of(error: Exception, environ: Mapping[str, str]) -> str:
    """Say in one line what has failed and what to do; nothing of a secret of the environment is in it."""
    return _without_secrets(f"poe-budget: {clean(_words(error))}", environ)


def traceback_of(error: Exception, environ: Mapping[str, str]) -> str:
    """Give the traceback, without the secrets of the environment."""
    return _without_secrets("".join(traceback.format_exception(error)), environ)


def cause_of(error: BudgetAlertError) -> str:
    """Say what the function's own error is about, without what to do."""
    first = _SENTENCE.split(str(error))[0]
    return "Poe cannot be reached" if _out_of_reach(error) else first


def status_of(error: Exception) -> int:
    """Give the exit status that a failure ends with."""
    return WRONG_USE if isinstance(error, WrongUseError | click.UsageError) else FAILED


def _words(error: Exception) -> str:
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "poe-budget"
        return f"{error.format_message().rstrip('.')} (see `{path} --help`)"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OpsError):
        return str(error)
    if isinstance(error, BudgetAlertError):
        return _of_the_function(error)
    what = f"{type(error).__name__}: {error}"
    return f"this should not have happened ({what}); run it again with --debug and report what it shows"


def _of_the_function(error: BudgetAlertError) -> str:
    """Say it to somebody at a terminal: the function's own errors speak of its next tick and its secret."""
    if _out_of_reach(error):
        return f"{cause_of(error)}: check your connection, then run the same command again"
    advice = next((words for kind, words in _ADVICE.items() if isinstance(error, kind)), None)
    return f"{cause_of(error)}; {advice}" if advice else str(error)


def _out_of_reach(error: BudgetAlertError) -> bool:
    first = _SENTENCE.split(str(error))[0]
    return isinstance(error, PoeUnavailableError) and bool(_UNREACHED.search(first))


def _without_secrets(text: str, environ: Mapping[str, str]) -> str:
    for secret in filter(None, (environ.get(name, "").strip() for name in SECRETS)):
        text = text.replace(secret, "***")
    return text

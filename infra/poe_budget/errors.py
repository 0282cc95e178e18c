"""What keeps a command from its work, said in one line that says what to do, and an exit status."""

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

FAILED, WRONG_USE = 1, 2
SECRETS = ("POE_API_KEY", "SLACK_WEBHOOK_URL", "SLACK_SIGNING_SECRET")
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
"""Their addresses may begin with a name and a password."""
_AGAIN = "run the same command again later"
_ADVICE: dict[type[BudgetAlertError], str] = {
    KeyRefusedError: "make a new key at https://poe.com/api_key and set POE_API_KEY to it",
    RateLimitedError: "let other programs with this account ask less often, or " + _AGAIN,
    PoeUnavailableError: _AGAIN,
    UnreadableAnswerError: "check POE_API_URL, then look for a newer version of this program",
    UnknownPositionError: _AGAIN,
    ListBrokenError: f"{_AGAIN}; if it lasts, tell Poe's support",
}
_WAY = "", "check your connection"
_WAYS = {
    "Proxy": (" through the proxy", "check HTTPS_PROXY, or name Poe's host in NO_PROXY"),
    "SSL": (
        ", for its certificate is not trusted here",
        "check your connection, and set SSL_CERT_FILE where a proxy has a certificate of its own",
    ),
}
"""What kept a question from Poe, and what to look at."""
_SENTENCE = re.compile(r"[.:] ")
_UNREACHED = re.compile(r"\((NameResolution|NewConnection|ConnectTimeout|Proxy|SSL)Error\)$")
"""The errors of urllib3 that come before any answer: nothing of Poe has been heard."""


class OpsError(Exception):
    """Raised when a command cannot do its work; the message says what to do, in one line.

    No message holds a key, a webhook address or any other part of a secret.
    """


class WrongUseError(OpsError):
    """Raised when it was asked for in a way that cannot work; another command line, or environment, can."""


def line_of(error: Exception, environ: Mapping[str, str]) -> str:
    """Say in one line what has failed and what to do; nothing of a secret of the environment is in it."""
    return _without_secrets(f"poe-budget: {clean(_words(error))}", environ)


def traceback_of(error: Exception, environ: Mapping[str, str]) -> str:
    """Give the traceback, without the secrets of the environment."""
    return _without_secrets("".join(traceback.format_exception(error)), environ)


def cause_of(error: BudgetAlertError) -> str:
    """Say what the function's own error is about, without what to do."""
    if error_name := _out_of_reach(error):
        return f"Poe cannot be reached{_WAYS.get(error_name, _WAY)[0]}"
    return _SENTENCE.split(str(error))[0]


def remedy_of(error: BudgetAlertError) -> str:
    """Say what to do about the function's own error; "" where its own words say it."""
    if error_name := _out_of_reach(error):
        return f"{_WAYS.get(error_name, _WAY)[1]}, then run the same command again"
    return next((words for kind, words in _ADVICE.items() if isinstance(error, kind)), "")


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
    """Say it to somebody at a terminal: the function's own errors name its next tick and its secret."""
    advice = remedy_of(error)
    between = ":" if _out_of_reach(error) else ";"
    return f"{cause_of(error)}{between} {advice}" if advice else str(error)


def _out_of_reach(error: BudgetAlertError) -> str | None:
    """Name what kept a question from Poe before any answer; None where that is not so."""
    found = _UNREACHED.search(_SENTENCE.split(str(error))[0])
    return found[1] if found and isinstance(error, PoeUnavailableError) else None


def _without_secrets(text: str, environ: Mapping[str, str]) -> str:
    values = [environ.get(name, "").strip() for name in SECRETS]
    values += [environ.get(name, "").rpartition("@")[0].rpartition("/")[2] for name in PROXIES]
    for secret in filter(None, values):
        text = text.replace(secret, "***")
    return text

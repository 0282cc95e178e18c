"""Looking at one thing after the other: what keeps one from something is a value, and stops nothing else."""

import os
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec

from budget_alert.deadline import Deadline
from budget_alert.errors import BudgetAlertError, KeyRefusedError, ScanError
from budget_alert.http import HttpError
from budget_alert.identity import ALONE
from budget_alert.poe.client import Poe
from budget_alert.secret import Secret
from poe_budget import stack as stacks
from poe_budget.deployment import sam
from poe_budget.doctor.checks import Asked, Check, Found, Verdict, Webhook, clock, keys
from poe_budget.errors import OpsError, WrongUseError, cause_of, line_of, remedy_of
from poe_budget.past.poe import ahead_of, always, connected, key_of, url_of
from poe_budget.stack import DENIED, NoStackError, Stack, aws, code_of


class Unseen(msgspec.Struct, frozen=True):
    """Something that could not be looked at, and why."""

    why: str


T = TypeVar("T")
Seen: TypeAlias = T | Unseen
Answers: TypeAlias = tuple[tuple[Asked, ...], timedelta | None]
"""What Poe made of each key, and how far this machine's clock is ahead of Poe's, where that is known."""
SECONDS = 30.0
"""How long Poe may take to answer for one key."""
CONNECT_SECONDS = 10.0
_UNREACHED = {
    "NameResolutionError": "its name is not known here",
    "SSLError": "its certificate is not trusted here",
    "ProxyError": "the proxy does not let one there",
}


def of_machine() -> tuple[Check, ...]:
    """Check what there is without a stack."""
    signed_in, ahead = sign_in()
    asked = looked(_ask_with_own_key)
    return (
        check("Poe API key", lambda: keys(known(asked)[0], "set POE_API_KEY to it")),
        check("AWS", lambda: signed_in),
        check("Clock", lambda: clock(ahead, ahead_of_poe(asked))),
        check("SAM CLI", _building),
    )


def check(subject: str, look: Callable[[], Verdict], rights: str = "") -> Check:
    """Look at something and say how it is; raises as `looked`."""
    verdict = looked(look, rights)
    if isinstance(verdict, Unseen):
        return Check(subject=subject, found=Found.UNSEEN, words=f"could not be looked at: {verdict.why}")
    found = Found.WELL if verdict.todo is None else Found.FINDING
    return Check(subject=subject, found=found, words=verdict.words, todo=verdict.todo)


def looked(look: Callable[[], T], rights: str = "") -> Seen[T]:
    """Look at something, for which AWS asks for these rights; raises only that there is no such stack."""
    try:
        return look()
    except NoStackError:
        raise
    except (OpsError, BudgetAlertError) as error:
        return Unseen(f"needs {rights}" if _is_denied(error) else _words_of(error))


def known(value: Seen[T]) -> T:
    """Give what was seen; raises OpsError where it was not."""
    if isinstance(value, Unseen):
        raise OpsError(value.why)
    return value


def sign_in() -> tuple[Verdict, timedelta | None]:
    """Ask AWS whose credentials these are, for which nobody needs a right, and how far the clock is ahead."""
    try:
        client = Stack("", {}, stacks.begun()).client("sts")
        with aws("say who you are"):
            answer = client.get_caller_identity()
    except OpsError as error:
        return _failed(error), None
    words = f"you are signed in to the account {answer['Account']}, in the region {client.meta.region_name}"
    return Verdict(words), ahead_of(answer["ResponseMetadata"]["HTTPHeaders"].get("date", ""))


def ahead_of_poe(asked: Seen[Answers]) -> timedelta | None:
    """Give how far this machine's clock is ahead of Poe's, None where that is not known."""
    return None if isinstance(asked, Unseen) else asked[1]


def ask_poe(keys: Mapping[str, Secret], url: str) -> Answers:
    """Ask Poe for a page of usage with each key, as the function does, and how far the clock is ahead.

    Raises WrongUseError for a proxy that cannot be one.
    """
    with connected(url, os.environ) as connection:
        asked = tuple(
            _asked(account, Poe(connection, url, always(key), Deadline(lambda: SECONDS), time.sleep))
            for account, key in keys.items()
        )
        return asked, connection.ahead


def webhook_at(name: str, url: str) -> Webhook:
    """Reach the host of a webhook, and ask it for its front page: what a webhook is sent, it may show.

    Raises WrongUseError for a proxy that cannot be one.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    front = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}/"
    problem = ""
    with connected(front, os.environ) as connection:
        try:
            connection.request("GET", front, headers={}, seconds=lambda: CONNECT_SECONDS, largest=1)
        except HttpError as error:
            problem = _UNREACHED.get(error.name, f"it does not answer ({error.name})")
    return Webhook(name, host, parts.path, problem)


def _ask_with_own_key() -> Answers:
    try:
        key = key_of(os.environ)
    except WrongUseError as error:
        problem, _, remedy = str(error).partition(": ")
        return (Asked(ALONE, problem, remedy),), None
    return ask_poe({ALONE: key}, url_of(os.environ))


def _asked(account: str, poe: Poe) -> Asked:
    try:
        poe.page(None)
    except ScanError as error:
        refused = isinstance(error, KeyRefusedError)
        return Asked(account, cause_of(error), remedy_of(error), refused=refused)
    return Asked(account)


def _building() -> Verdict:
    """Say whether a stack can be deployed from here."""
    try:
        by = sam.find().command[0]
    except OpsError as error:
        return _failed(error)
    return Verdict(f"the function can be built here, by `{by}`")


def _failed(error: OpsError) -> Verdict:
    words, _, todo = _words_of(error).partition(": ")
    return Verdict(words, todo or words)


def _words_of(error: Exception) -> str:
    return line_of(error, os.environ).partition(": ")[2]


def _is_denied(error: BaseException | None) -> bool:
    while error:
        if code_of(error) in DENIED:
            return True
        error = error.__cause__
    return False

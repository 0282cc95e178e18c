"""Poe's own history: the last 30 days, read with the key in the environment."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from budget_alert.deadline import Deadline
from budget_alert.errors import RateLimitedError, SecretError
from budget_alert.instants import from_micros
from budget_alert.poe.client import Poe
from budget_alert.secret import Credentials, is_safe_address, parse_secret
from budget_alert.usage.entries import Page
from budget_alert.usage.scan import History as Source
from budget_alert.usage.state import RETENTION
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.past.connecting import Dated, connected
from poe_budget.past.dates import OFF, minute, off
from poe_budget.past.history import History, Reporter
from poe_budget.past.pages import ReadPage, unread
from poe_budget.past.reading import read
from poe_budget.past.shown import history_of

SECONDS_A_PAGE = 90.0
"""What a page may take, its retries included."""
RATE_LIMIT_SECONDS = 60.0
"""Poe counts requests by the minute, and the function needs some of them too."""
PATIENCE = 5


class EnvironmentKey:
    """The key as POE_API_KEY holds it: nobody can change it meanwhile."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def read(self, *, fresh: bool = False) -> Credentials:  # noqa: ARG002 - it is always the same
        """Give the credentials."""
        return self._credentials


class _Punctual:
    """Pages of a history that is read by a clock that is right: rows have Poe's time, and readings ours."""

    def __init__(self, poe: Source, connection: Dated) -> None:
        self._poe = poe
        self._connection = connection

    def page(self, after: str | None) -> Page:
        """Give the page after a row; raises OpsError where Poe dates its answer hours from now."""
        page = self._poe.page(after)
        if abs(self._connection.ahead) > OFF:
            raise OpsError(
                f"this machine's clock is {off(self._connection.ahead)} Poe's: set it right, then run the "
                "same command again"
            )
        return page


class PatientPoe:
    """Pages of a history whose reader can wait: when Poe has had enough, it is asked a minute later."""

    def __init__(self, poe: Source, wait: Callable[[float], None]) -> None:
        self._poe = poe
        self._wait = wait

    def page(self, after: str | None) -> Page:
        """Give the page after a row, or the newest; raises ScanError."""
        for _ in range(PATIENCE):
            try:
                return self._poe.page(after)
            except RateLimitedError:
                self._wait(RATE_LIMIT_SECONDS)
        return self._poe.page(after)


@contextmanager
def poe_of(environ: Mapping[str, str], wait: Callable[[float], None] = time.sleep) -> Iterator[PatientPoe]:
    """Connect to the account that POE_API_KEY opens, at POE_API_URL if that is set.

    `wait` waits for seconds. Raises WrongUseError where one of them cannot be used; no error holds the key.
    """
    secret, url = EnvironmentKey(credentials_of(environ)), url_of(environ)
    with connected(url, environ, now) as connection:
        poe = Poe(connection.http, url, secret, Deadline(lambda: SECONDS_A_PAGE), time.sleep)
        yield PatientPoe(_Punctual(poe, connection), wait)


def from_poe(source: Source, clock: Callable[[], datetime], reporter: Reporter) -> History:
    """Read all that Poe keeps, page by page; raises the ScanError that the reading failed on."""
    pages = reported(read(source, unread((), clock()), clock), reporter)
    return history_of(pages, "Poe", "try again")


def reported(pages: Iterator[ReadPage], reporter: Reporter) -> Iterator[ReadPage]:
    """Give pages on, and say after each how far the reading came; the account may have begun later."""
    rows = 0
    for page in pages:
        rows += len(page.entries)
        reached = from_micros(page.bottom)
        done = (from_micros(page.read_at) - reached) / RETENTION
        reporter.reached(min(done, 1.0), f"{rows:,} entries read, back to {minute(reached)}")
        yield page


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def credentials_of(environ: Mapping[str, str]) -> Credentials:
    """Read POE_API_KEY; raises WrongUseError, which holds nothing of it, where it cannot be used."""
    if not environ.get("POE_API_KEY"):
        raise WrongUseError("POE_API_KEY is not set: set it to a key from https://poe.com/api_key")
    try:
        return parse_secret(environ["POE_API_KEY"])
    except SecretError:
        pass
    # Outside of the handler: nothing may be chained to it that could quote the key.
    raise WrongUseError("POE_API_KEY holds no usable key: copy it again from https://poe.com/api_key")


def url_of(environ: Mapping[str, str]) -> str:
    """Read POE_API_URL, Poe's own address by default; raises WrongUseError where it cannot be used."""
    url = environ.get("POE_API_URL") or "https://api.poe.com"
    if not is_safe_address(url):
        raise WrongUseError("POE_API_URL must be an https address, or http to a loopback address")
    return url.rstrip("/")

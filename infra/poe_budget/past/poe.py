"""Poe's own history, read from somebody's own machine with the key in its environment."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed leaves it out

import urllib3

from budget_alert.deadline import Deadline
from budget_alert.errors import RateLimitedError, SecretError
from budget_alert.http import Answer, Http
from budget_alert.identity import ALONE
from budget_alert.instants import from_micros
from budget_alert.poe.client import Poe, ReadKey
from budget_alert.secret import Secret, is_safe_address, parse_secret
from budget_alert.usage.entries import Page
from budget_alert.usage.scan import History as Source
from budget_alert.usage.state import RETENTION
from poe_budget.errors import OpsError, WrongUseError
from poe_budget.output import Reporter
from poe_budget.past.history import OFF, History, minute, now, off
from poe_budget.past.pages import ReadPage, history_of, read, unread

SECONDS_A_PAGE = 90.0
"""What a page may take, its retries included."""
RATE_LIMIT_SECONDS = 60.0
"""Poe counts requests by the minute, and the function needs some of them too."""
PATIENCE = 5
Environment = Mapping[str, str]


def always(key: Secret) -> ReadKey:
    """Give what always gives this key: nobody can change it meanwhile."""

    def read_key(*, fresh: bool = False) -> Secret:  # noqa: ARG001 - it is always the same
        return key

    return read_key


def ahead_of(date: str) -> timedelta | None:
    """Tell how far this machine's clock is ahead of the date of an answer; None where it has none."""
    try:
        return now() - parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None


class Dated(Http):
    """Connections that know how far this machine's clock is ahead of the last answer's date."""

    ahead: timedelta | None = None

    def request(self, method: str, url: str, **how: Any) -> Answer:  # noqa: ANN401 - as Http's
        """Ask, and compare the clocks."""
        answer = super().request(method, url, **how)
        self.ahead = ahead_of(answer.headers.get("Date", ""))
        return answer


class PatientPoe:
    """Pages of a history whose reader can wait: when Poe has had enough, it is asked a minute later.

    The reader's clock has to be right: rows have Poe's time, and readings the time of this machine.
    """

    def __init__(self, poe: Source, wait: Callable[[float], None], connection: Dated | None = None) -> None:
        self._poe = poe
        self._wait = wait
        self._connection = connection

    def page(self, after: str | None) -> Page:
        """Give the page after a row, or the newest; raises ScanError, and OpsError for a wrong clock."""
        for _ in range(PATIENCE):
            try:
                return self._page(after)
            except RateLimitedError:
                self._wait(RATE_LIMIT_SECONDS)
        return self._page(after)

    def _page(self, after: str | None) -> Page:
        page = self._poe.page(after)
        ahead = self._connection.ahead if self._connection else None
        if ahead and abs(ahead) > OFF:
            raise OpsError(
                f"this machine's clock is {off(ahead)} Poe's: set it right, then run the same command again"
            )
        return page


@contextmanager
def poe_of(environ: Environment, wait: Callable[[float], None] = time.sleep) -> Iterator[PatientPoe]:
    """Connect to the account that POE_API_KEY opens, at POE_API_URL if that is set.

    `wait` waits for seconds. Raises WrongUseError where one of them cannot be used; no error holds the key.
    """
    read_key, url = always(key_of(environ)), url_of(environ)
    with connected(url, environ) as connection:
        poe = Poe(connection, url, read_key, Deadline(lambda: SECONDS_A_PAGE), time.sleep)
        yield PatientPoe(poe, wait, connection)


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


def key_of(environ: Environment) -> Secret:
    """Read POE_API_KEY; raises WrongUseError, which holds nothing of it, where it cannot be used."""
    if not environ.get("POE_API_KEY"):
        raise WrongUseError("POE_API_KEY is not set: set it to a key from https://poe.com/api_key")
    try:
        return parse_secret(environ["POE_API_KEY"]).key_of(ALONE)
    except SecretError:
        pass
    # Outside of the handler: nothing may be chained to it that could quote the key.
    raise WrongUseError("POE_API_KEY holds no usable key: copy it again from https://poe.com/api_key")


def url_of(environ: Environment) -> str:
    """Read POE_API_URL, Poe's own address by default; raises WrongUseError where it cannot be used."""
    url = environ.get("POE_API_URL") or "https://api.poe.com"
    if not is_safe_address(url):
        raise WrongUseError("POE_API_URL must be an https address, or http to a loopback address")
    return url.rstrip("/")


def connected(url: str, environ: Environment) -> Dated:
    """Connect to an address, through the proxy of the environment if there is one; raises WrongUseError."""
    proxy = proxy_for(url, environ)
    return Dated(_through(proxy) if proxy else None)


def proxy_for(url: str, environ: Environment) -> str | None:
    """Give the proxy that the environment names for an address, as curl and AWS's clients read it.

    What is no https stays on this machine, and goes through none. Raises WrongUseError, without the proxy's
    address, which may hold a password, where it cannot be one.
    """
    parts, proxy = urlsplit(url), _either(environ, "https_proxy")
    if parts.scheme != "https" or not proxy:
        return None
    if proxy_bypass_environment(parts.netloc, {"no": _either(environ, "no_proxy")}):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not _is_usable(proxy):
        raise WrongUseError(
            "HTTPS_PROXY must be the address of an HTTP proxy, such as http://proxy.example:3128; correct or "
            "unset it"
        )
    return proxy


def _is_usable(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _either(environ: Environment, name: str) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def _through(proxy: str) -> urllib3.ProxyManager:
    parts = urlsplit(proxy)
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    headers = urllib3.make_headers(proxy_basic_auth=user)
    return urllib3.ProxyManager(proxy, num_pools=2, proxy_headers=headers, retries=False)

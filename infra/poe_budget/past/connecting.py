"""The way to Poe from somebody's own machine: through a proxy where the environment names one."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed leaves it out

import urllib3

from budget_alert.http import Answer, Http
from poe_budget.errors import WrongUseError

Environment = Mapping[str, str]


class Dated:
    """Connections that know how far `clock` is ahead of the one by which the last answer was dated."""

    def __init__(self, http: Http, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._clock = clock
        self.ahead = timedelta(0)

    def request(self, method: str, url: str, **how: Any) -> Answer:  # noqa: ANN401 - as Http's
        """Ask, and compare the clocks."""
        answer = self._http.request(method, url, **how)
        try:
            self.ahead = self._clock() - parsedate_to_datetime(answer.headers.get("Date", ""))
        except (TypeError, ValueError):
            self.ahead = timedelta(0)
        return answer

    @property
    def http(self) -> Http:
        """Give itself as what asks Poe: of that it is asked for nothing but `request`."""
        return cast("Http", self)


@contextmanager
def connected(url: str, environ: Environment, clock: Callable[[], datetime]) -> Iterator[Dated]:
    """Connect to an address, and close the connections at the end; raises WrongUseError."""
    proxy = proxy_for(url, environ)
    with Http(_through(proxy) if proxy else None) as http:
        yield Dated(http, clock)


def proxy_for(url: str, environ: Environment) -> str | None:
    """Give the proxy that the environment names for an address, as curl and AWS's clients read it.

    What is no https stays on this machine, and goes through none. Raises WrongUseError, without the proxy's
    address, which may hold a password, where it cannot be one.
    """
    parts = urlsplit(url)
    proxy = _either(environ, "https_proxy")
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
    headers: Mapping[str, str] = {}
    if parts.username:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=user)
    return urllib3.ProxyManager(proxy, num_pools=2, proxy_headers=headers, retries=False)

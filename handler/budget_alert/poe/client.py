"""Poe's HTTP API: pages of typed entries."""

from collections.abc import Callable
from random import uniform
from typing import Protocol
from urllib.parse import urlencode

import urllib3

from budget_alert import __version__
from budget_alert.accounting.entries import Page, parse_page
from budget_alert.credentials import Credentials, Secret
from budget_alert.deadline import Deadline
from budget_alert.errors import KeyRefusedError, SecretError, UnreadableAnswerError
from budget_alert.poe.refusals import NEXT_TICK, PassingError, check_status, unavailable

ROWS_A_PAGE = 100
TRIES = 4
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 15.0
LEAST_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 64 * 1024


class SecretSource(Protocol):
    """Where the API key comes from."""

    def read(self, *, fresh: bool = False) -> Credentials:
        """Give the credentials, past any cache when `fresh`; raises SecretError."""


class Poe:
    """The usage history of one account, page by page, over one kept-alive connection.

    `http` bounds a whole answer by its read timeout, as `connections()` does. `secret` gives the API key;
    after a 401 or 403 it is read once more, past any cache. `sleep` waits for seconds.
    """

    def __init__(
        self,
        http: urllib3.PoolManager,
        base_url: str,
        secret: SecretSource,
        deadline: Deadline,
        sleep: Callable[[float], None],
    ) -> None:
        self._http = http
        self._url = f"{base_url}/usage/points_history"
        self._secret = secret
        self._key: Secret | None = None
        self._deadline = deadline
        self._sleep = sleep

    def page(self, after: str | None) -> Page:
        """Give the page of 100 rows after the row `after`, or the newest page for None.

        Raises the WalkError that says what is wrong: KeyRefusedError, RateLimitedError,
        PoeUnavailableError, UnreadableAnswerError, or UnknownPositionError for a row that Poe no longer
        knows. Raises SecretError when there is no key to ask with.
        """
        query = {"limit": str(ROWS_A_PAGE)} | ({} if after is None else {"starting_after": after})
        url = f"{self._url}?{urlencode(query)}"
        return parse_page(self._with_newest_key(lambda key: self._with_retries(url, key, after)))

    def _with_newest_key(self, ask: Callable[[Secret], bytes]) -> bytes:
        known = self._key or self._secret.read().poe_api_key
        try:
            body = ask(known)
        except KeyRefusedError:
            newest = self._reread_key()
            if newest is None or newest == known:
                raise
            body, known = ask(newest), newest
        self._key = known
        return body

    def _reread_key(self) -> Secret | None:
        try:
            return self._secret.read(fresh=True).poe_api_key
        except SecretError:
            # That Poe refused the key is what its owner must hear; a broken secret is told by the next tick.
            return None

    def _with_retries(self, url: str, key: Secret, after: str | None) -> bytes:
        for attempt in range(TRIES):
            try:
                return self._ask(url, key, after)
            except PassingError as failure:
                pause = _pause(failure, attempt)
                if attempt == TRIES - 1 or pause > min(LONGEST_PAUSE_SECONDS, self._deadline.spare()):
                    raise failure.error from failure.__cause__
                self._sleep(pause)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _ask(self, url: str, key: Secret, after: str | None) -> bytes:
        try:
            response = self._http.request(
                "GET",
                url,
                headers=_headers(key),
                timeout=self._timeout(),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                check_status(response, after)
                return _body(response)
            finally:
                # What was not read to its end takes the connection with it; the rest keep theirs.
                response.close()
        except urllib3.exceptions.DecodeError as error:
            raise UnreadableAnswerError(
                f"Poe's answer is not the gzip it claims to be: {NEXT_TICK}"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise PassingError(unavailable(type(error).__name__)) from error

    def _timeout(self) -> urllib3.Timeout:
        """Bound a request by the time left.

        The last one that the walk begins may use some of what is kept for after the walk: cut to the
        instant, it would fail a walk that has only run out of time.
        """
        seconds = max(self._deadline.spare(), min(LEAST_SECONDS, self._deadline.left() / 2))
        if seconds <= 0:
            raise unavailable("no time was left to ask it")
        return urllib3.Timeout(total=seconds, connect=CONNECT_SECONDS, read=ANSWER_SECONDS)


def _headers(key: Secret) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {key.reveal()}",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"poe-budget-alert/{__version__}",
    }


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    body = bytearray()
    for chunk in response.stream(CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > LARGEST_ANSWER_BYTES:
            raise UnreadableAnswerError(f"Poe's answer is larger than any page of usage: {NEXT_TICK}")
    return bytes(body)


def _pause(failure: PassingError, attempt: int) -> float:
    """Wait as long as Poe asked for, and then longer each time and never in step with other clients."""
    backoff = FIRST_PAUSE_SECONDS * (1 << attempt) * uniform(0.5, 1)  # noqa: S311 - jitter is no secret
    return (failure.wait_seconds or 0) + backoff

"""Poe's HTTP API: pages of typed entries."""

from collections.abc import Callable
from random import uniform
from typing import Protocol
from urllib.parse import urlencode

import urllib3

from budget_alert import __version__
from budget_alert.credentials import Credentials, Secret
from budget_alert.deadline import Deadline
from budget_alert.entries import Page, parse_page
from budget_alert.errors import (
    KeyRefusedError,
    PoeUnavailableError,
    RateLimitedError,
    UnknownPositionError,
    UnreadableAnswerError,
    WalkError,
)

ROWS_A_PAGE = 100
TRIES = 4
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
LEAST_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
SLOWEST_PAGE_SECONDS = 25.0
FIRST_PAUSE_SECONDS = 0.5
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
OK = 200
REFUSED = (401, 403)
TOO_MANY = 429
PASSING = (500, 502, 503, 504, 529)
NEXT_TICK = "the next tick tries again"
UNKNOWN_ROW = (400, 404, 410, 422)


class _PassingError(Exception):
    """A failure that a retry may cure: what to raise otherwise, and how long Poe asked to wait."""

    def __init__(self, error: WalkError, wait_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_seconds = wait_seconds


class SecretSource(Protocol):
    """Where the API key comes from."""

    def read(self, *, fresh: bool = False) -> Credentials:
        """Give the credentials, past any cache when `fresh`; raises SecretError."""


class Poe:
    """The usage history of one account, page by page, over one kept-alive connection.

    `secret` gives the API key; after a 401 it is read once more, past any cache. `sleep` waits for seconds.
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
        return parse_page(self._with_newest_key(lambda: self._with_retries(url, after)))

    def _with_newest_key(self, ask: Callable[[], bytes]) -> bytes:
        if self._key is None:
            self._key = self._secret.read().poe_api_key
        try:
            return ask()
        except KeyRefusedError:
            known, self._key = self._key, self._secret.read(fresh=True).poe_api_key
            if self._key == known:
                raise
            return ask()

    def _with_retries(self, url: str, after: str | None) -> bytes:
        for attempt in range(TRIES):
            try:
                return self._ask(url, after)
            except _PassingError as failure:
                pause = _pause(failure, attempt)
                if attempt == TRIES - 1 or pause > min(LONGEST_PAUSE_SECONDS, self._deadline.spare()):
                    raise failure.error from failure.__cause__
                self._sleep(pause)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _ask(self, url: str, after: str | None) -> bytes:
        seconds = max(self._deadline.spare(), LEAST_SECONDS)
        until = self._deadline.left() - min(seconds, SLOWEST_PAGE_SECONDS)
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=min(READ_SECONDS, seconds))
        try:
            response = self._http.request(
                "GET",
                url,
                headers=self._headers(),
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                _check_status(response, after)
                return self._body(response, until)
            finally:
                # What was not read to its end takes the connection with it; the rest keep theirs.
                response.close()
        except urllib3.exceptions.DecodeError as error:
            raise UnreadableAnswerError(
                f"Poe's answer is not the gzip it claims to be: {NEXT_TICK}"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise _PassingError(_unavailable(type(error).__name__)) from error

    def _headers(self) -> dict[str, str]:
        key = self._key.reveal() if self._key else ""
        return {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"poe-budget-alert/{__version__}",
        }

    def _body(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        body = bytearray()
        for chunk in response.stream(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > LARGEST_ANSWER_BYTES:
                raise UnreadableAnswerError(f"Poe's answer is larger than any page of usage: {NEXT_TICK}")
            if self._deadline.left() < until:
                raise _PassingError(_unavailable("it answers too slowly"))
        return bytes(body)


def _check_status(response: urllib3.BaseHTTPResponse, after: str | None) -> None:
    status = response.status
    if status == OK:
        return
    if status in REFUSED:
        raise KeyRefusedError(
            f"Poe refused the API key (HTTP {status}). Make a new key at https://poe.com/api_key and put it "
            "into the secret; the next tick uses it, and nothing is lost if that is done within 30 days"
        )
    if status == TOO_MANY:
        raise _PassingError(
            RateLimitedError(
                "Poe answered that there were too many requests (HTTP 429; it allows 500 a minute). The next "
                "tick goes on; if this lasts, let other programs with this account ask less often"
            ),
            _retry_after(response),
        )
    if status in PASSING:
        raise _PassingError(_unavailable(f"HTTP {status}"))
    if after is not None and status in UNKNOWN_ROW:
        raise UnknownPositionError(f"Poe no longer knows a row to go on after (HTTP {status}): {NEXT_TICK}")
    raise UnreadableAnswerError(
        f"Poe answered with HTTP {status}, which its documentation does not know here: {NEXT_TICK}; "
        "if this lasts, check POE_API_URL and look for a newer version of this function"
    )


def _unavailable(what: str) -> PoeUnavailableError:
    return PoeUnavailableError(
        f"Poe is not available ({what}): {NEXT_TICK}, and nothing is lost within 30 days"
    )


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    """Read `Retry-After`, seconds or a date; None where it is missing or unreadable."""
    header = response.headers.get("Retry-After")
    try:
        return float(urllib3.Retry().parse_retry_after(header)) if header else None
    except urllib3.exceptions.InvalidHeader:
        return None


def _pause(failure: _PassingError, attempt: int) -> float:
    """Wait as long as Poe asked for, else longer each time and never in step with other clients."""
    if failure.wait_seconds is not None:
        return failure.wait_seconds
    return FIRST_PAUSE_SECONDS * 2**attempt * uniform(0.5, 1)  # noqa: S311 - jitter is no secret

"""One question to Poe: asked again while that may help, and answered within bounds of time and size."""

from collections.abc import Callable
from random import uniform

import urllib3

from budget_alert import __version__
from budget_alert.deadline import Deadline
from budget_alert.errors import ScanError, UnreadableAnswerError
from budget_alert.poe.refusals import NEXT_TICK, PassingError, check_status, unavailable
from budget_alert.secret import Secret

TRIES = 4
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 15.0
LEAST_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 64 * 1024

Refusal = Callable[[int], ScanError]
"""The error that an HTTP status means to one question, where it does not mean the same to all."""


class Asking:
    """Questions over one kept-alive connection.

    `http` bounds a whole answer by its read timeout, as `connections()` does. `sleep` waits for seconds.
    """

    def __init__(self, http: urllib3.PoolManager, deadline: Deadline, sleep: Callable[[float], None]) -> None:
        self._http = http
        self._deadline = deadline
        self._sleep = sleep

    def answer(self, url: str, key: Secret, refusal: Refusal) -> bytes:
        """Give the body of the answer to a GET of `url`; raises the ScanError that it failed on."""
        for attempt in range(TRIES):
            try:
                return self._ask(url, key, refusal)
            except PassingError as failure:
                pause = _pause(failure, attempt)
                if attempt == TRIES - 1 or pause > min(LONGEST_PAUSE_SECONDS, self._deadline.spare()):
                    raise failure.error from failure.__cause__
                self._sleep(pause)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _ask(self, url: str, key: Secret, refusal: Refusal) -> bytes:
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
                check_status(response, refusal)
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

        The last one that the scan begins may use some of what is kept for after the scan: cut to the
        instant, it would fail a scan that has only run out of time.
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

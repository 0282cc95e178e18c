"""Poe's HTTP API: pages of typed entries, and the balance; and what its statuses mean.

Documented are 401 (https://creator.poe.com/api-reference) and, in the wild, 403, 429 with `Retry-After`,
500, 502 and 529; 408, 425, 503, 504 and redirects come from proxies.
"""

from collections.abc import Callable
from contextlib import suppress
from random import uniform
from typing import Protocol
from urllib.parse import urlencode

from budget_alert.deadline import Deadline
from budget_alert.errors import (
    KeyRefusedError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    SecretError,
    UnknownPositionError,
    UnreadableAnswerError,
)
from budget_alert.http import Answer, Http, HttpError
from budget_alert.poe.wire import parse_balance, parse_page
from budget_alert.secret import Secret
from budget_alert.usage.entries import Page, PoeBalance

ROWS_A_PAGE = 100
TRIES = 4
ANSWER_SECONDS = 15.0
LEAST_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
NOT_GZIP = "DecodeError"
OK = 200
REFUSED = (401, 403)
TOO_MANY = 429
REDIRECTS = range(300, 400)
"""None is followed, for the key would go with it: some proxy leads astray for a while."""
PASSING = (TOO_MANY, *REDIRECTS, 408, 425, 500, 502, 503, 504, 529)
"""A retry may cure these."""
CLIENT_ERRORS = 400
SERVER_ERRORS = 500
UNKNOWN_ROW = (400, 404, 410, 422)
NEXT_TICK = "the next tick tries again"


class ReadKey(Protocol):
    """Gives the API key, past any cache when `fresh`; raises SecretError."""

    def __call__(self, *, fresh: bool = False) -> Secret:
        """Give it."""


class Poe:
    """The usage of one account.

    After a 401 or 403 the key is read once more, past any cache. `sleep` waits for seconds.
    """

    def __init__(
        self, http: Http, base_url: str, read_key: ReadKey, deadline: Deadline, sleep: Callable[[float], None]
    ) -> None:
        self._http = http
        self._url = f"{base_url}/usage"
        self._read_key = read_key
        self._deadline = deadline
        self._sleep = sleep
        self._key: Secret | None = None

    def page(self, after: str | None) -> Page:
        """Give the page of 100 rows after the row `after`, or the newest page for None.

        Raises the ScanError that says what is wrong: KeyRefusedError, RateLimitedError,
        PoeUnavailableError, UnreadableAnswerError, or UnknownPositionError for a row that Poe no longer
        knows. Raises SecretError when there is no key to ask with.
        """
        query = {"limit": str(ROWS_A_PAGE)} | ({} if after is None else {"starting_after": after})
        answer = self._answer(f"/points_history?{urlencode(query)}")
        if answer.status != OK:
            raise no_page(after, answer.status)
        return parse_page(answer.body)

    def balance(self) -> PoeBalance:
        """Give what is left on the account.

        Raises as `page` does, and UnreadableAnswerError also where Poe does not answer this question. No
        error of it says anything of the history: a scan goes on without the balance.
        """
        answer = self._answer("/current_balance")
        if answer.status != OK:
            raise no_balance(answer.status)
        return parse_balance(answer.body)

    def _answer(self, path: str) -> Answer:
        known = self._key or self._read_key()
        try:
            answer = self._ask(path, known)
        except KeyRefusedError:
            newest = known
            # That Poe refused the key is what its owner must hear; a broken secret is said by the next tick.
            with suppress(SecretError):
                newest = self._read_key(fresh=True)
            if newest == known:
                raise
            answer, known = self._ask(path, newest), newest
        self._key = known
        return answer

    def _ask(self, path: str, key: Secret) -> Answer:
        try:
            answer = self._http.request(
                "GET",
                self._url + path,
                headers={
                    "Authorization": f"Bearer {key.reveal()}",
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                },
                seconds=self._seconds,
                largest=LARGEST_ANSWER_BYTES,
                again=self._again,
            )
        except HttpError as error:
            if error.name == NOT_GZIP:
                raise UnreadableAnswerError(
                    f"Poe's answer is not the gzip it claims to be: {NEXT_TICK}"
                ) from error
            raise unavailable(error.name) from error
        check_status(answer.status)
        if answer.status == OK and not answer.is_whole:
            raise UnreadableAnswerError(f"Poe's answer is larger than any page of usage: {NEXT_TICK}")
        return answer

    def _seconds(self) -> float:
        """Bound a request by the time left.

        The last one that the scan begins may use some of what is kept for after the scan: cut to the
        instant, it would fail a scan that has only run out of time.
        """
        seconds = max(self._deadline.spare(), min(LEAST_SECONDS, self._deadline.left() / 2))
        if seconds <= 0:
            raise unavailable("no time was left to ask it")
        return min(seconds, ANSWER_SECONDS)

    def _again(self, outcome: Answer | HttpError, attempt: int) -> bool:
        """Wait as long as Poe asked for, and then longer each time and never in step with other clients."""
        if isinstance(outcome, HttpError):
            wished, passing = 0.0, outcome.name != NOT_GZIP
        else:
            wished, passing = outcome.retry_after or 0.0, outcome.status in PASSING
        pause = wished + FIRST_PAUSE_SECONDS * (1 << attempt) * uniform(0.5, 1)  # noqa: S311 - no secret
        longest = min(LONGEST_PAUSE_SECONDS, self._deadline.spare())
        if not passing or attempt == TRIES - 1 or pause > longest:
            return False
        self._sleep(pause)
        return True


def check_status(status: int) -> None:
    """Raise the ScanError of a status that means the same to every question; return for others."""
    if status == TOO_MANY:
        raise RateLimitedError(
            "Poe answered that there were too many requests (HTTP 429; it allows 500 a minute). The next "
            "tick goes on; if this lasts, let other programs with this account ask less often"
        )
    if status in REFUSED:
        raise KeyRefusedError(
            f"Poe refused the API key (HTTP {status}). Make a new key at https://poe.com/api_key and put it "
            "into the secret; the next tick uses it, and nothing is lost if that is done within 30 days"
        )
    if status in PASSING or status >= SERVER_ERRORS:
        leads = ", which leads elsewhere; if this lasts, check POE_API_URL" if status in REDIRECTS else ""
        raise unavailable(f"HTTP {status}{leads}")


def unavailable(what: str) -> PoeUnavailableError:
    """Say that Poe does not answer, and why."""
    return PoeUnavailableError(
        f"Poe is not available ({what}): {NEXT_TICK}, and nothing is lost within 30 days"
    )


def no_page(after: str | None, status: int) -> ScanError:
    """Say what another status means to the question for the page after the row `after`."""
    if after is not None and status in UNKNOWN_ROW:
        return UnknownPositionError(f"Poe no longer knows a row to go on after (HTTP {status}): {NEXT_TICK}")
    return _unknown(status)


def no_balance(status: int) -> ScanError:
    """Say what another status means to the question for the balance."""
    if status < CLIENT_ERRORS:
        return _unknown(status)
    return UnreadableAnswerError(
        f"Poe does not answer the question for the balance with this key (HTTP {status}): {NEXT_TICK}. Rules "
        "on the balance and billing budgets need the answer: if this lasts, remove them, or look for a newer "
        "version of this function"
    )


def _unknown(status: int) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"Poe answered with HTTP {status}, which its documentation does not know here: {NEXT_TICK}; "
        "if this lasts, check POE_API_URL and look for a newer version of this function"
    )

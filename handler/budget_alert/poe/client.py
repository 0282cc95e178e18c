"""Poe's HTTP API: pages of typed entries, and the balance."""

from collections.abc import Callable
from functools import partial
from typing import Protocol
from urllib.parse import urlencode

import urllib3

from budget_alert.deadline import Deadline
from budget_alert.errors import KeyRefusedError, SecretError
from budget_alert.poe.asking import Asking, Refusal
from budget_alert.poe.refusals import no_balance, no_page
from budget_alert.secret import Credentials, Secret
from budget_alert.usage.balance import PoeBalance, parse_balance
from budget_alert.usage.entries import Page, parse_page

ROWS_A_PAGE = 100


class SecretSource(Protocol):
    """Where the API key comes from."""

    def read(self, *, fresh: bool = False) -> Credentials:
        """Give the credentials, past any cache when `fresh`; raises SecretError."""


class Poe:
    """The usage of one account, asked over one kept-alive connection.

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
        self._asking = Asking(http, deadline, sleep)
        self._url = f"{base_url}/usage"
        self._secret = secret
        self._key: Secret | None = None

    def page(self, after: str | None) -> Page:
        """Give the page of 100 rows after the row `after`, or the newest page for None.

        Raises the ScanError that says what is wrong: KeyRefusedError, RateLimitedError,
        PoeUnavailableError, UnreadableAnswerError, or UnknownPositionError for a row that Poe no longer
        knows. Raises SecretError when there is no key to ask with.
        """
        query = {"limit": str(ROWS_A_PAGE)} | ({} if after is None else {"starting_after": after})
        return parse_page(self._answer(f"/points_history?{urlencode(query)}", partial(no_page, after)))

    def balance(self) -> PoeBalance:
        """Give what is left on the account.

        Raises as `page` does, and UnreadableAnswerError also where Poe does not answer this question. No
        error of it says anything of the history: a scan goes on without the balance.
        """
        return parse_balance(self._answer("/current_balance", no_balance))

    def _answer(self, path: str, refusal: Refusal) -> bytes:
        known = self._key or self._secret.read().poe_api_key
        try:
            body = self._asking.answer(self._url + path, known, refusal)
        except KeyRefusedError:
            newest = self._reread_key()
            if newest is None or newest == known:
                raise
            body, known = self._asking.answer(self._url + path, newest, refusal), newest
        self._key = known
        return body

    def _reread_key(self) -> Secret | None:
        try:
            return self._secret.read(fresh=True).poe_api_key
        except SecretError:
            # That Poe refused the key is what its owner must hear; a broken secret is told by the next tick.
            return None

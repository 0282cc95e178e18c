"""What Poe's HTTP statuses mean: the error to raise, what its reader can do, and whether a retry may cure it.

Documented are 401 (https://creator.poe.com/api-reference) and, in the wild, 403, 429 with `Retry-After`,
500, 502 and 529; 408, 425, 503, 504 and redirects come from proxies.
"""

from collections.abc import Callable

from budget_alert.errors import (
    KeyRefusedError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    UnknownPositionError,
    UnreadableAnswerError,
)

OK = 200
REFUSED = (401, 403)
TOO_MANY = 429
REDIRECTS = range(300, 400)
"""None is followed, for the key would go with it: some proxy leads astray for a while."""
PASSING = (*REDIRECTS, 408, 425, 500, 502, 503, 504, 529)
CLIENT_ERRORS = 400
SERVER_ERRORS = 500
UNKNOWN_ROW = (400, 404, 410, 422)
NEXT_TICK = "the next tick tries again"


def is_passing(status: int) -> bool:
    """Tell whether a retry may cure this status."""
    return status in PASSING or status == TOO_MANY


def check_status(status: int, refusal: Callable[[int], ScanError]) -> None:
    """Return if a question was answered; raises the ScanError that the status means.

    `refusal` makes the error of a status that does not mean the same to every question.
    """
    if status == OK:
        return
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
    raise refusal(status)


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

"""Every error this function raises on purpose; each message tells its reader what to do.

No message holds a key, a webhook address or any other part of the secret.
"""

from collections.abc import Mapping
from datetime import datetime


class BudgetAlertError(Exception):
    """Raised when the function cannot do its work; every class below is one of its reasons."""


class AccountsFailedError(BudgetAlertError):
    """Raised when the ticks of some accounts failed; `failed` says why, by account. The others are done."""

    def __init__(self, failed: Mapping[str, str]) -> None:
        self.failed = dict(failed)
        super().__init__("; ".join(f"{account}: {reason}" for account, reason in failed.items()))


class FanoutError(BudgetAlertError):
    """Raised when not every account could be put into the queue of ticks."""


class SettingsError(BudgetAlertError):
    """Raised when an environment variable is missing or has an impossible value."""


class SecretError(BudgetAlertError):
    """Raised when the secret cannot be read or holds no usable Poe API key."""


class ConfigError(BudgetAlertError):
    """Raised when the config cannot be used; `mistakes` holds every one of them, a sentence each."""

    def __init__(self, *mistakes: str) -> None:
        self.mistakes = mistakes
        super().__init__("; ".join(mistakes))


class LedgerError(BudgetAlertError):
    """Raised when the table cannot be read or written, or holds what this version cannot read."""


class LostRaceError(LedgerError):
    """Raised when another tick wrote the ledger first; nothing of this write took effect."""


class ScanError(BudgetAlertError):
    """Raised when reading Poe's usage history ends before its goal."""


class KeyRefusedError(ScanError):
    """Raised when Poe answers 401 or 403, also to the key that the secret holds right now."""


class RateLimitedError(ScanError):
    """Raised when Poe still answers 429 after the retries that the time left allows."""


class PoeUnavailableError(ScanError):
    """Raised when Poe answers 5xx, breaks the connection or does not answer in time."""


class UnreadableAnswerError(ScanError):
    """Raised when an answer is not the JSON that Poe documents: HTML, cut off, or too large."""


class UnknownPositionError(ScanError):
    """Raised when Poe no longer knows the row that a page should start after."""


class ListBrokenError(ScanError):
    """Raised when pages repeat, jump forward in time, or end above usage already counted."""


class ChannelError(BudgetAlertError):
    """Raised when a channel did not take a message; a later tick sends it again."""


class ChannelRefusedError(ChannelError):
    """Raised when a channel refused a message for good: no retry will cure it."""


class ChannelUnsureError(ChannelError):
    """Raised when a channel may have taken a message, and did not say so as it should.

    `is_strange` says that it answered something else; otherwise no answer came in time.
    """

    def __init__(self, words: str, *, is_strange: bool = False) -> None:
        self.is_strange = is_strange
        super().__init__(words)


class NobodyListeningError(BudgetAlertError):
    """Raised when alerts are waiting and no channel has anybody who would hear them.

    `pending` is how many wait, `oldest` when the first of them was written.
    """

    def __init__(self, words: str, pending: int, oldest: datetime | None) -> None:
        self.pending = pending
        self.oldest = oldest
        super().__init__(words)


def failure_of(error: BudgetAlertError) -> str:
    """Name an error and what it says, as Lambda does."""
    return f"{type(error).__name__}: {error}"


def reason_of(error: Exception) -> str:
    """Say why something failed; of an unforeseen error only its type, for its words could hold a secret."""
    if isinstance(error, BudgetAlertError):
        return str(error)
    return f"{type(error).__name__}, a defect of this program"


class ClickRefusedError(BudgetAlertError):
    """Raised when a request is no click that may change anything; its text says why, for the log."""

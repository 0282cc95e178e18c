"""What the secret holds: Poe's API keys and, if Slack is wanted, the address of its webhook."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec

from budget_alert.errors import SecretError
from budget_alert.identity import ALONE, TOGETHER

SHAPE = (
    'put either the Poe API key alone, or {"poe_api_key": "…", "slack_webhook_url": "…"}, or for several '
    'accounts {"accounts": {"a name": "its key", …}, "slack_webhook_url": "…"} into the secret '
    "(`aws secretsmanager put-secret-value`); the next tick reads it"
)
NAMES = f'1 to 32 letters, digits, "-", "_" and ".", and not "{TOGETHER}"'
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Secret:
    """A text that shows itself only to who asks for it; printed, it is stars."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Compare the texts."""
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        """Hash the text."""
        return hash(self._text)

    def __repr__(self) -> str:
        """Show stars."""
        return "Secret(***)"

    __str__ = __repr__


class Credentials(msgspec.Struct, frozen=True):
    """What one account goes by; `slack_problem` says why there is no Slack although it is wanted."""

    poe_api_key: Secret
    slack_webhook_url: Secret | None = None
    slack_problem: str | None = None


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """The usable parts of the secret: a key for each account, None for one that cannot be used.

    `several` says whether the secret names its accounts; where it does not, there is one, ALONE. `misnamed`
    counts the accounts that are left out because their names cannot be.
    """

    keys: Mapping[str, Secret | None]
    several: bool = False
    misnamed: int = 0
    slack_webhook_url: Secret | None = None
    slack_problem: str | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the accounts, in order."""
        return tuple(sorted(self.keys))

    def of(self, account: str) -> Credentials:
        """Give what an account goes by; raises SecretError where it has no usable key."""
        key = self.keys.get(account)
        if key is None:
            whose = f' for the account "{account}"' if self.several else ""
            raise SecretError(f"The secret holds no usable Poe API key{whose}: {SHAPE}")
        return Credentials(key, self.slack_webhook_url, self.slack_problem)


class _Document(msgspec.Struct):
    poe_api_key: str | None = None
    accounts: dict[str, Any] | None = None
    slack_webhook_url: Any = None


def parse_secret(text: str, account: str = ALONE) -> Credentials:
    """Read what one account goes by; raises SecretError as `parse_keyring` and `Keyring.of` do."""
    return parse_keyring(text).of(account)


def parse_keyring(text: str) -> Keyring:
    """Read the secret: the API key as plain text, or a JSON object with one key or several, and the webhook.

    Raises SecretError, without any part of the secret in its words, when it names no account.
    """
    document = _document(text.strip())
    keys = _keys(document)
    named = {name: _usable(key) for name, key in keys.items() if is_account(name)}
    if not named:
        raise SecretError(f"The secret names no account as one can be called, by {NAMES}: {SHAPE}")
    # What is no text is no address either; the keys are good all the same.
    webhook = str(document.slack_webhook_url or "").strip()
    safe = is_safe_address(webhook)
    return Keyring(
        keys=named,
        several=document.accounts is not None,
        misnamed=len(keys) - len(named),
        slack_webhook_url=Secret(webhook) if safe else None,
        slack_problem=f"slack_webhook_url is no https address: {SHAPE}" if webhook and not safe else None,
    )


def is_account(name: str) -> bool:
    """Tell whether an account can have this name; a key in its place is longer, and so is never said."""
    return re.fullmatch(r"[A-Za-z0-9._-]{1,32}", name) is not None and name.lower() != TOGETHER


def _keys(document: _Document) -> Mapping[str, Any]:
    if document.accounts is None:
        return {ALONE: document.poe_api_key}
    if document.poe_api_key is not None:
        raise SecretError(
            "The secret holds both a poe_api_key and accounts: put that key among the accounts, by the name "
            f'"{ALONE}" if what was counted of it is to go on; the next tick reads it'
        )
    return document.accounts


def _usable(key: object) -> Secret | None:
    stripped = key.strip() if isinstance(key, str) else ""
    usable = stripped and stripped.isascii() and stripped.isprintable() and " " not in stripped
    return Secret(stripped) if usable else None


def _document(text: str) -> _Document:
    if not text.startswith("{"):
        return _Document(text)
    with suppress(msgspec.DecodeError, ValueError, RecursionError):
        return msgspec.json.decode(text, type=_Document)
    # Raised out here, with nothing chained to it: the original can quote what it could not read.
    raise SecretError(f"The secret is no JSON object with a text poe_api_key: {SHAPE}")


def is_safe_address(url: str) -> bool:
    """Tell whether an address is https, or http to this machine itself."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)

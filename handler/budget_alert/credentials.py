"""What the secret holds: Poe's API key and, if Slack is wanted, the address of its webhook."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec

from budget_alert.errors import SecretError

SHAPE = (
    'put either the Poe API key alone, or {"poe_api_key": "…", "slack_webhook_url": "…"} into the secret '
    "(`aws secretsmanager put-secret-value`); the next tick reads it"
)
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
    """The usable parts of the secret; `slack_problem` says why there is no Slack although it is wanted."""

    poe_api_key: Secret
    slack_webhook_url: Secret | None = None
    slack_problem: str | None = None


class _Document(msgspec.Struct):
    poe_api_key: str
    slack_webhook_url: Any = None


def parse_secret(text: str) -> Credentials:
    """Read the secret: the API key as plain text, or a JSON object with the key and the webhook.

    Raises SecretError, without any part of the secret in its words, when it holds no usable key.
    """
    document = _document(text.strip())
    key = document.poe_api_key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise SecretError(f"The secret holds no usable Poe API key: {SHAPE}")
    # What is no text is no address either; the key is good all the same.
    webhook = str(document.slack_webhook_url or "").strip()
    if webhook and not is_safe_address(webhook):
        return Credentials(Secret(key), slack_problem=f"slack_webhook_url is no https address: {SHAPE}")
    return Credentials(Secret(key), Secret(webhook) if webhook else None)


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

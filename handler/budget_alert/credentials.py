"""What the secret holds: Poe's API keys and, if Slack is wanted, the address of its webhook."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from budget_alert.errors import SecretError
from budget_alert.identity import ALONE, TOGETHER, identity
from budget_alert.secret_text import (
    ACCOUNTS,
    CORRECT,
    POE,
    SHAPE,
    SLACK,
    Object,
    doubts,
    key_fault,
    misspelt_webhook,
    read_document,
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


def fingerprint(key: Secret | None) -> str:
    """Tell keys apart without keeping one; "" for one that cannot be used."""
    return identity("key", key.reveal()) if key else ""


class Webhook(msgspec.Struct, frozen=True):
    """Slack's address, None where there is none; not known while that part of the secret cannot be read."""

    url: Secret | None = None
    is_known: bool = True


class Credentials(msgspec.Struct, frozen=True):
    """What one account goes by.

    `slack_problem` says why there is no Slack although it is wanted: its address is wrong, or its name is.
    `doubt` says what else in the secret is not understood.
    """

    poe_api_key: Secret
    slack_problem: str | None = None
    doubt: str | None = None


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """The usable parts of the secret: a key for each account, None for one that cannot be used.

    `several` says whether the secret names its accounts; where it does not, there is one, ALONE. `misnamed`
    counts the accounts that are left out because their names cannot be. `faults` says what is wrong with the
    keys that cannot be used; `slack_problem` and `doubt` are as of Credentials.
    """

    keys: Mapping[str, Secret | None]
    several: bool = False
    misnamed: int = 0
    faults: Mapping[str, str] = {}
    slack_webhook_url: Secret | None = None
    slack_problem: str | None = None
    doubt: str | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the accounts, in order."""
        return tuple(sorted(self.keys))

    @property
    def is_usable(self) -> bool:
        """Whether it is known which accounts there are: a single key that cannot be used names none."""
        return self.several or self.keys.get(ALONE) is not None

    def of(self, account: str) -> Credentials:
        """Give what an account goes by; raises SecretError where it has no usable key."""
        key = self.keys.get(account)
        if key is None:
            whose = f' for the account "{account}"' if self.several else ""
            fault = self.faults.get(account, "it names no such account")
            known = f"{fault}; {self.doubt}" if self.doubt else fault
            raise SecretError(f"The secret holds no usable Poe API key{whose}: {known}; {SHAPE}")
        return Credentials(key, self.slack_problem, self.doubt)


def parse_secret(text: str, account: str = ALONE) -> Credentials:
    """Read what one account goes by; raises SecretError as `parse_keyring` and `Keyring.of` do."""
    return parse_keyring(text).of(account)


def parse_keyring(text: str) -> Keyring:
    """Read the secret: the API key as plain text, or a JSON object with one key or several, and the webhook.

    Raises SecretError, without any part of the secret in its words, when it names no account.
    """
    document = read_document(text)
    keys = _keys(document)
    named = {name: _key(value) for name, value in keys.items() if is_account(name)}
    if not named:
        raise SecretError(f"The secret names no account as one can be called, by {NAMES}: {SHAPE}")
    return Keyring(
        keys={name: key if isinstance(key, Secret) else None for name, key in named.items()},
        several=document.get(ACCOUNTS) is not None,
        misnamed=len(keys) - len(named),
        faults={name: key for name, key in named.items() if isinstance(key, str)},
        slack_webhook_url=_address(document),
        slack_problem=_slack_problem(document),
        doubt="; ".join(doubts(document)) or None,
    )


def parse_webhook(text: str) -> Webhook:
    """Read Slack's address alone: it counts although the key beside it does not.

    A secret that has lost its key and names no address has not said that Slack is to go.
    """
    try:
        document = read_document(text)
    except SecretError:
        return Webhook(is_known=False)
    keyless = document.get(ACCOUNTS) is None and key_fault(document.get(POE)) is not None
    lost = keyless and SLACK not in document
    return Webhook(_address(document), is_known=not lost and _slack_problem(document) is None)


def is_account(name: str) -> bool:
    """Tell whether an account can have this name; a key in its place is longer, and so is never said."""
    return re.fullmatch(r"[A-Za-z0-9._-]{1,32}", name) is not None and name.lower() != TOGETHER


def _address(document: Object) -> Secret | None:
    webhook = _webhook(document)
    return Secret(webhook) if is_safe_address(webhook) else None


def _webhook(document: Object) -> str:
    # What is no text is no address either; the keys are good all the same.
    return str(document.get(SLACK) or "").strip()


def _slack_problem(document: Object) -> str | None:
    webhook = _webhook(document)
    if webhook and not is_safe_address(webhook):
        return f"{SLACK} is no https address: {SHAPE}"
    misspelt = misspelt_webhook(document)
    return f"{misspelt} {CORRECT}" if misspelt else None


def _key(value: object) -> Secret | str:
    """Give a key, or what is wrong with it."""
    return key_fault(value) or Secret(str(value).strip())


def _keys(document: Mapping[str, Any]) -> Mapping[str, Any]:
    accounts = document.get(ACCOUNTS)
    if accounts is None:
        return {ALONE: document.get(POE)}
    if document.get(POE) is not None:
        raise SecretError(
            f"The secret holds both a {POE} and {ACCOUNTS}: put that key among the accounts, by the name "
            f'"{ALONE}" if what was counted of it is to go on; the next tick reads it'
        )
    if not isinstance(accounts, dict):
        raise SecretError(f"The {ACCOUNTS} of the secret are no names with a key each: {SHAPE}")
    return accounts


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

"""What the secret holds: Poe's API keys and, if Slack is wanted, the address of its webhook.

No words here hold any value of it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from budget_alert.config.spelling import nearest
from budget_alert.errors import SecretError
from budget_alert.identity import ALONE, TOGETHER, identity

NAMES = f'1 to 32 letters, digits, "-", "_" and ".", and not "{TOGETHER}"'
_POE, _SLACK, _ACCOUNTS = "poe_api_key", "slack_webhook_url", "accounts"
_KNOWN = (_POE, _SLACK, _ACCOUNTS)
SHAPE = (
    f'put either the Poe API key alone, or {{"{_POE}": "…", "{_SLACK}": "…"}}, or for several '
    f'accounts {{"{_ACCOUNTS}": {{"a name": "its key", …}}, "{_SLACK}": "…"}} into the secret '
    "(`aws secretsmanager put-secret-value`); the next tick reads it"
)
CORRECT = "Correct the secret (`aws secretsmanager put-secret-value`); the next tick reads it"
_BARE = "\ufeff \t\r\n\f\v"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token may look like: https://www.rfc-editor.org/rfc/rfc6750#section-2.1."""
_LONGEST_NAME = 20
"""A key is longer, and so is never said where a name is."""
_WEBHOOK = re.compile(r"\s*https://hooks\.slack\.com/")
_FAULTS = {
    "[\"'`{}\\[\\]\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]": "quotes or braces",
    r"\s": "blanks or line breaks",
    "^https?:": "an address",
}


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


class _Document(dict[str, Any]):
    """The JSON object that a secret is; it knows which of its names stood there more than once."""

    twice: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> "_Document":
        """Make an object of its names and values, of which the last one counts."""
        made = cls(pairs)
        counts = Counter(name for name, _ in pairs)
        made.twice = tuple(name for name, count in counts.items() if count > 1)
        return made

    @property
    def keys_of_accounts(self) -> Mapping[str, Any]:
        """The keys by account, whatever stands in their place; raises SecretError where it is not clear."""
        accounts = self.get(_ACCOUNTS)
        if accounts is None:
            return {ALONE: self.get(_POE)}
        if self.get(_POE) is not None:
            raise SecretError(
                f"The secret holds both a {_POE} and {_ACCOUNTS}: put that key among the accounts, by the "
                f'name "{ALONE}" if what was counted of it is to go on; the next tick reads it'
            )
        if not isinstance(accounts, dict):
            raise SecretError(f"The {_ACCOUNTS} of the secret are no names with a key each: {SHAPE}")
        return accounts

    @property
    def address(self) -> str:
        """What stands where Slack's address should, whatever it is; "" where nothing does."""
        return str(self.get(_SLACK) or "").strip()

    @property
    def slack_url(self) -> Secret | None:
        """Slack's address, if it is one."""
        return Secret(self.address) if is_safe_address(self.address) else None

    @property
    def slack_problem(self) -> str | None:
        """Why there is no Slack although it is wanted: its address is wrong, or its name is."""
        if self.address:
            return None if self.slack_url else f"{_SLACK} is no https address: {SHAPE}"
        return f"{_unknown(self._for_slack[0], _SLACK)} {CORRECT}" if self._for_slack else None

    @property
    def doubts(self) -> Iterator[str]:
        """What else is not understood: names that nobody knows, and names that stand there twice."""
        for name in self:
            if name not in _KNOWN and name not in self._for_slack:
                meant = self._meant(name)
                yield _unknown(name, None if meant in self else meant)
        twice = "stands there more than once, and only the last one counts"
        yield from (f"{_quoted(name)} {twice}" for name in self.twice)
        accounts = self.get(_ACCOUNTS)
        if isinstance(accounts, _Document):
            yield from (f"the account {_quoted(name)} {twice}" for name in accounts.twice)

    @property
    def _for_slack(self) -> list[str]:
        """The unknown names by which Slack is probably meant, where it is not there by its own."""
        if self.get(_SLACK):
            return []
        return [name for name in self if name not in _KNOWN and self[name] and self._meant(name) == _SLACK]

    def _meant(self, name: str) -> str | None:
        """Tell which known name is meant, by the letters or by what stands there."""
        bare, value = name.strip().lower(), self[name]
        if "slack" in bare or "hook" in bare or (isinstance(value, str) and _WEBHOOK.match(value)):
            return _SLACK
        return nearest(bare, _KNOWN)


def parse_secret(text: str, account: str = ALONE) -> Credentials:
    """Read what one account goes by; raises SecretError as `parse_keyring` and `Keyring.of` do."""
    return parse_keyring(text).of(account)


def parse_keyring(text: str) -> Keyring:
    """Read the secret: the API key as plain text, or a JSON object with one key or several, and the webhook.

    Raises SecretError, without any part of the secret in its words, when it names no account.
    """
    document = _read(text)
    keys = document.keys_of_accounts
    named = {name: key for name, key in keys.items() if _is_account(name)}
    if not named:
        raise SecretError(f"The secret names no account as one can be called, by {NAMES}: {SHAPE}")
    faults = {name: fault for name, key in named.items() if (fault := _fault(key))}
    return Keyring(
        keys={name: None if name in faults else Secret(key.strip(_BARE)) for name, key in named.items()},
        several=document.get(_ACCOUNTS) is not None,
        misnamed=len(keys) - len(named),
        faults=faults,
        slack_webhook_url=document.slack_url,
        slack_problem=document.slack_problem,
        doubt="; ".join(document.doubts) or None,
    )


def parse_webhook(text: str) -> Webhook:
    """Read Slack's address alone: it counts although the key beside it does not.

    A secret that has lost its key and names no address has not said that Slack is to go.
    """
    try:
        document = _read(text)
    except SecretError:
        return Webhook(is_known=False)
    is_keyless = document.get(_ACCOUNTS) is None and _fault(document.get(_POE)) is not None
    is_lost = is_keyless and _SLACK not in document
    return Webhook(document.slack_url, is_known=not is_lost and document.slack_problem is None)


def is_safe_address(url: str) -> bool:
    """Tell whether an address is https, or http to this machine itself."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        return False
    is_here = host in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "https" or (parts.scheme == "http" and is_here)


def _read(text: str) -> _Document:
    """Give the JSON object that a secret is; plain text is the key alone.

    A byte order mark, blanks around it and one layer of JSON text are taken off. Raises SecretError where it
    looks like JSON and is none.
    """
    bare = text.strip(_BARE)
    inner = _decoded(bare) if bare.startswith('"') else None
    if isinstance(inner, str) and inner.strip(_BARE).startswith("{"):
        bare = inner.strip(_BARE)
    if not bare.startswith("{"):
        return _Document({_POE: bare})
    document = _decoded(bare)
    if isinstance(document, _Document):
        return document
    # Raised out here, with nothing chained to it: the original can quote what it could not read.
    raise SecretError(
        "The secret holds braces and is no JSON object: names and texts in it stand in double quotes, with a "
        f"comma between two and none at the end; {SHAPE}"
    )


def _decoded(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text, object_pairs_hook=_Document.of)
    except (ValueError, RecursionError):
        return None


def _is_account(name: str) -> bool:
    """Tell whether an account can have this name; a key in its place is longer, and so is never said."""
    return re.fullmatch(r"[A-Za-z0-9._-]{1,32}", name) is not None and name.lower() != TOGETHER


def _fault(key: object) -> str | None:
    """Say what is wrong with a key; None where it can be sent to Poe."""
    if key is None or key == "":
        return f"there is no {_POE}"
    if not isinstance(key, str):
        return "the key is no text in double quotes"
    bare = key.strip(_BARE)
    if not bare:
        return "the key is empty"
    if _TOKEN.fullmatch(bare):
        return None
    held = (words for pattern, words in _FAULTS.items() if re.search(pattern, bare))
    return f"the key holds {next(held, 'characters that no key has')}"


def _unknown(name: str, meant: str | None) -> str:
    advice = f'did you mean "{meant}"?' if meant else f"the names known here are {', '.join(_KNOWN)}"
    return f"{_quoted(name)} is not a known name; {advice}"


def _quoted(name: str) -> str:
    """Quote a name, unless it could be a value that stands in a name's place."""
    is_plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_. -]*", name) is not None
    is_near = len(name) < 2 * _LONGEST_NAME and nearest(name, _KNOWN) is not None
    is_said = is_plain and (len(name) <= _LONGEST_NAME or is_near)
    return f'"{name}"' if is_said else f"a name of {len(name)} characters"

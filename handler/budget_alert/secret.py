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
LOOPBACK = ("localhost", "127.0.0.1", "::1")
POE, SLACK, ACCOUNTS = "poe_api_key", "slack_webhook_url", "accounts"
KNOWN = (POE, SLACK, ACCOUNTS)
SHAPE = (
    f'put either the Poe API key alone, or {{"{POE}": "…", "{SLACK}": "…"}}, or for several '
    f'accounts {{"{ACCOUNTS}": {{"a name": "its key", …}}, "{SLACK}": "…"}} into the secret '
    "(`aws secretsmanager put-secret-value`); the next tick reads it"
)
CORRECT = "Correct the secret (`aws secretsmanager put-secret-value`); the next tick reads it"
_BARE = "\ufeff \t\r\n\f\v"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token may look like: https://www.rfc-editor.org/rfc/rfc6750#section-2.1."""
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_. -]*")
_LONGEST_NAME = 20
"""A key is longer, and so is never said where a name is."""
_WEBHOOK = re.compile(r"\s*https://hooks\.slack\.com/")


class Object(dict[str, Any]):
    """A JSON object that knows which of its names stood there more than once: the last one counts."""

    twice: tuple[str, ...] = ()


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


def read_document(text: str) -> Object:
    """Give the JSON object that a secret is; plain text is the key alone.

    A byte order mark, blanks around it and one layer of JSON text are taken off. Raises SecretError where it
    looks like JSON and is none.
    """
    bare = text.strip(_BARE)
    inner = _decoded(bare) if bare.startswith('"') else None
    if isinstance(inner, str) and inner.strip(_BARE).startswith("{"):
        bare = inner.strip(_BARE)
    if not bare.startswith("{"):
        return Object({POE: bare})
    document = _decoded(bare)
    if isinstance(document, Object):
        return document
    # Raised out here, with nothing chained to it: the original can quote what it could not read.
    raise SecretError(
        "The secret holds braces and is no JSON object: names and texts in it stand in double quotes, with a "
        f"comma between two and none at the end; {SHAPE}"
    )


def key_fault(key: object) -> str | None:
    """Say what is wrong with a key; None where it can be sent to Poe."""
    if key is None or key == "":
        return f"there is no {POE}"
    if not isinstance(key, str):
        return "the key is no text in double quotes"
    stripped = key.strip(_BARE)
    if not stripped:
        return "the key is empty"
    if _TOKEN.fullmatch(stripped):
        return None
    return f"the key holds {_held(stripped)}"


def misspelt_webhook(document: Object) -> str | None:
    """Say which name was probably meant for Slack's; None where none is."""
    names = _for_slack(document)
    return _said(names[0], SLACK) if names else None


def doubts(document: Object) -> Iterator[str]:
    """Say what else is not understood: names that nobody knows, and names that stand there twice."""
    for name in _unknown(document):
        if name not in _for_slack(document):
            meant = _meant(name, document[name])
            yield _said(name, meant if meant not in document else None)
    yield from (_doubled(_quoted(name)) for name in document.twice)
    accounts = document.get(ACCOUNTS)
    if isinstance(accounts, Object):
        yield from (_doubled(f"the account {_quoted(name)}") for name in accounts.twice)


def _for_slack(document: Object) -> list[str]:
    if document.get(SLACK):
        return []
    return [name for name in _unknown(document) if document[name] and _meant(name, document[name]) == SLACK]


def _doubled(what: str) -> str:
    return f"{what} stands there more than once, and only the last one counts"


def _unknown(document: Mapping[str, Any]) -> list[str]:
    return [name for name in document if name not in KNOWN]


def _meant(name: str, value: object) -> str | None:
    """Tell which known name is meant, by the letters or by what stands there."""
    bare = name.strip().lower()
    if "slack" in bare or "hook" in bare or (isinstance(value, str) and _WEBHOOK.match(value)):
        return SLACK
    return nearest(bare, KNOWN)


def _said(name: str, meant: str | None) -> str:
    advice = f'did you mean "{meant}"?' if meant else f"the names known here are {', '.join(KNOWN)}"
    return f"{_quoted(name)} is not a known name; {advice}"


def _quoted(name: str) -> str:
    """Quote a name, unless it could be a value that stands in a name's place."""
    plain = _PLAIN_NAME.fullmatch(name) is not None
    if plain and (len(name) <= _LONGEST_NAME or (len(name) < 2 * _LONGEST_NAME and nearest(name, KNOWN))):
        return f'"{name}"'
    return f"a name of {len(name)} characters"


def _held(key: str) -> str:
    if re.search(r"[\"'`{}\[\]\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]", key):
        return "quotes or braces"
    if re.search(r"\s", key):
        return "blanks or line breaks"
    if re.match(r"https?:", key):
        return "an address"
    return "characters that no key has"


def _decoded(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> Object:
    made = Object(pairs)
    counts = Counter(name for name, _ in pairs)
    made.twice = tuple(name for name, count in counts.items() if count > 1)
    return made

"""What the secret holds: Poe's API keys and, if Slack is wanted, the address of its webhook.

No words here hold any value of it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from budget_alert.config.spelling import nearest
from budget_alert.errors import SecretError
from budget_alert.identity import ALONE, TOGETHER, identity, is_named

CHANNEL_NAMES = '1 to 32 letters, digits, "-", "_" and "."'
NAMES = f'{CHANNEL_NAMES}, and not "{TOGETHER}"'
_POE, _SLACK, _ACCOUNTS = "poe_api_key", "slack_webhook_url", "accounts"
_SIGNING, _NAMED = "slack_signing_secret", "slack_webhooks"
_KNOWN = (_POE, _SLACK, _ACCOUNTS, _SIGNING, _NAMED)
SHAPE = (
    f'put either the Poe API key alone, or {{"{_POE}": "…", "{_SLACK}": "…"}}, or for several '
    f'accounts {{"{_ACCOUNTS}": {{"a name": "its key", …}}, "{_SLACK}": "…"}} into the secret '
    "(`aws secretsmanager put-secret-value`); the next tick reads it"
)
CORRECT = "Correct the secret (`aws secretsmanager put-secret-value`); the next tick reads it"
_NO_OBJECT = (
    "The secret holds braces and is no JSON object: names and texts in it stand in double quotes, with a "
    f"comma between two and none at the end; {SHAPE}"
)
_BOTH = (
    f"The secret holds both a {_POE} and {_ACCOUNTS}: put that key among the accounts, by the name "
    f'"{ALONE}" if what was counted of it is to go on; the next tick reads it'
)
_BARE = "\ufeff \t\r\n\f\v"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token may look like: https://www.rfc-editor.org/rfc/rfc6750#section-2.1."""
_LONGEST_NAME = 20
"""A key is longer, and so is never said where a name is."""
_WEBHOOK = re.compile(r"\s*https://hooks\.slack\.com/")
_PRINTABLE = re.compile(r"[!-~]+")
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


def fingerprint(key: Secret | None) -> str:
    """Tell keys apart without keeping one; "" for one that cannot be used."""
    return identity("key", key.reveal()) if key else ""


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """What can be read of the secret: a key for each account, None for one that cannot be used.

    `several` says whether the secret names its accounts; where it does not, there is one, ALONE. `misnamed`
    counts the accounts that are left out because their names cannot be. `problem` says why it is not known
    which accounts there are, `faults` what is wrong with the keys that cannot be used.

    `slack_url` is Slack's address, None where there is none, and `slack_known` False while that part cannot
    be read. `slack_problem` says why there is no Slack although it is wanted: its address is wrong, or its
    name is. `doubt` says what else is not understood.
    """

    keys: Mapping[str, Secret | None] = {}
    several: bool = False
    misnamed: int = 0
    problem: str | None = None
    faults: Mapping[str, str] = {}
    slack_url: Secret | None = None
    slack_known: bool = True
    slack_problem: str | None = None
    webhooks: Mapping[str, Secret] = {}
    """Further addresses of Slack, by the names that rules have for them."""
    slack_signing: Secret | None = None
    """By which Slack vouches for a click; None where there is none that can be used."""
    doubt: str | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the accounts, in order."""
        return tuple(sorted(self.keys))

    def failure(self, account: str) -> SecretError | None:
        """Say why nothing can be counted of an account, or of TOGETHER; None where that can be.

        A single key that cannot be used names no account, so then there is nothing to sum either.
        """
        if self.problem:
            return SecretError(self.problem)
        if not self.several and self.keys.get(ALONE) is None:
            account = ALONE
        elif account == TOGETHER or self.keys.get(account) is not None:
            return None
        whose = f' for the account "{account}"' if self.several else ""
        fault = self.faults.get(account, "it names no such account")
        known = f"{fault}; {self.doubt}" if self.doubt else fault
        return SecretError(f"The secret holds no usable Poe API key{whose}: {known}; {SHAPE}")

    def key_of(self, account: str) -> Secret:
        """Give the key of an account; raises SecretError where nothing can be counted of it."""
        key = self.keys.get(account)
        if key is None:
            raise self.failure(account) or SecretError("A sum of accounts has no key")
        return key


class _Document(dict[str, Any]):
    """The JSON object that a secret is; it knows which of its names stood there more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.twice = tuple(name for name, count in counts.items() if count > 1)


def parse_secret(text: str, *, takes_clicks: bool = False) -> Keyring:
    """Read the secret: a key as plain text, or a JSON object with one key or several, and the webhook.

    With `takes_clicks` it is to hold Slack's signing secret besides.
    """
    document = _read(text)
    if document is None:
        return Keyring(problem=_NO_OBJECT, slack_known=False)
    accounts, lone = document.get(_ACCOUNTS), document.get(_POE)
    keys = {ALONE: lone} if accounts is None else accounts
    named = {name: key for name, key in keys.items() if _is_account(name)} if isinstance(keys, dict) else {}
    problem = None
    if accounts is not None and lone is not None:
        problem = _BOTH
    elif not isinstance(keys, dict):
        problem = f"The {_ACCOUNTS} of the secret are no names with a key each: {SHAPE}"
    elif not named:
        problem = f"The secret names no account as one can be called, by {NAMES}: {SHAPE}"
    if problem:
        keys = named = {}
    faults = {name: fault for name, key in named.items() if (fault := _fault(key))}
    url = _address(document.get(_SLACK))
    misspelt = [] if document.get(_SLACK) else _for_slack(document)
    slack_problem = f"{_unknown(misspelt[0], _SLACK)} {CORRECT}" if misspelt else None
    if not url and str(document.get(_SLACK) or "").strip():
        slack_problem = f"{_SLACK} is no https address: {SHAPE}"
    # A secret that has lost its key and names no address has not said that Slack is to go.
    is_lost = accounts is None and _fault(lone) is not None and _SLACK not in document
    return Keyring(
        keys={name: None if name in faults else Secret(key.strip(_BARE)) for name, key in named.items()},
        several=accounts is not None,
        misnamed=len(keys) - len(named),
        problem=problem,
        faults=faults,
        slack_url=url,
        slack_known=not is_lost and slack_problem is None,
        slack_problem=slack_problem,
        webhooks=_webhooks(document),
        slack_signing=_signing(document),
        doubt="; ".join(_doubts(document, misspelt, takes_clicks=takes_clicks)) or None,
    )


def _webhooks(document: _Document) -> dict[str, Secret]:
    named = document.get(_NAMED)
    given = named.items() if isinstance(named, dict) else ()
    return {name: url for name, value in given if is_named(name) and (url := _address(value))}


def _address(value: object) -> Secret | None:
    bare = value.strip() if isinstance(value, str) else ""
    return Secret(bare) if is_safe_address(bare) else None


def _signing(document: _Document) -> Secret | None:
    value = document.get(_SIGNING)
    bare = value.strip(_BARE) if isinstance(value, str) else ""
    return Secret(bare) if _PRINTABLE.fullmatch(bare) else None


def _for_slack(document: _Document) -> list[str]:
    """Give the unknown names by which Slack is probably meant, where something stands there."""
    unknown = (name for name in document if name not in _KNOWN and document[name])
    return [name for name in unknown if _meant(document, name) == _SLACK]


def _doubts(document: _Document, misspelt: Sequence[str], *, takes_clicks: bool) -> Iterator[str]:
    """Say what else is not understood: names that nobody knows, and names that stand there twice."""
    for name in document:
        if name not in _KNOWN and name not in misspelt:
            meant = _meant(document, name)
            yield _unknown(name, None if meant in document else meant)
    if document.get(_SIGNING) and not _signing(document):
        yield f"{_SIGNING} is no text as Slack shows it under Basic Information, Signing Secret"
    elif takes_clicks and not document.get(_SIGNING):
        yield f"there is no {_SIGNING}, without which the menus on alerts in Slack do nothing"
    named = document.get(_NAMED)
    if named is not None and not isinstance(named, dict):
        yield f'{_NAMED} is no object of names with an address each, {{"a name": "https://…"}}'
    elif named and (wrong := [_quoted(name) for name in named if name not in _webhooks(document)]):
        yield f"{_NAMED} holds no https address, or no name by {CHANNEL_NAMES}, at {', '.join(wrong)}"
    twice = "stands there more than once, and only the last one counts"
    yield from (f"{_quoted(name)} {twice}" for name in document.twice)
    accounts = document.get(_ACCOUNTS)
    if isinstance(accounts, _Document):
        yield from (f"the account {_quoted(name)} {twice}" for name in accounts.twice)


def _meant(document: _Document, name: str) -> str | None:
    """Tell which known name is meant, by the letters or by what stands there."""
    bare, value = name.strip().lower(), document[name]
    if "sign" in bare:
        return _SIGNING
    if isinstance(value, dict) and ("slack" in bare or "hook" in bare):
        return _NAMED
    if "slack" in bare or "hook" in bare or (isinstance(value, str) and _WEBHOOK.match(value)):
        return _SLACK
    return nearest(bare, _KNOWN)


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


def _read(text: str) -> _Document | None:
    """Give the JSON object that a secret is, None where it looks like one and is none.

    Plain text is the key. A byte order mark, blanks around it and one layer of JSON text are taken off.
    """
    bare = text.strip(_BARE)
    inner = _decoded(bare) if bare.startswith('"') else None
    if isinstance(inner, str) and inner.strip(_BARE).startswith("{"):
        bare = inner.strip(_BARE)
    if not bare.startswith("{"):
        return _Document([(_POE, bare)])
    document = _decoded(bare)
    return document if isinstance(document, _Document) else None


def _decoded(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text, object_pairs_hook=_Document)
    except (ValueError, RecursionError):
        return None


def _is_account(name: str) -> bool:
    return is_named(name) and name.lower() != TOGETHER


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

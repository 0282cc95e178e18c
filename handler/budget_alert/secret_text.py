"""The text of the secret: unwrapped, and looked at for slips. No words here hold any value of it."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from budget_alert.config.spelling import nearest
from budget_alert.errors import SecretError

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

"""What reaches the function's address, and whether it is from Slack.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html,
https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import hmac
import re
from base64 import b64decode
from binascii import Error as NotBase64
from datetime import datetime, timedelta

import msgspec

from budget_alert.errors import ClickRefusedError
from budget_alert.instants import EPOCH
from budget_alert.secret import Secret

MOST_SKEW = timedelta(minutes=5)
LARGEST_BODY = 500_000
"""Bytes. Slack sends the whole message back, of at most 50 blocks."""
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class _Http(msgspec.Struct, frozen=True):
    method: str
    path: str


class _RequestContext(msgspec.Struct, frozen=True):
    http: _Http


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    """The event, in payload format 2.0."""

    request_context: _RequestContext
    headers: dict[str, str] = {}
    body: str | None = None
    is_base64_encoded: bool = False


class Request(msgspec.Struct, frozen=True):
    """A request that may be from Slack: its body as it came, and what was said to vouch for it."""

    body: bytes
    timestamp: str
    signature: str

    def is_by(self, key: Secret) -> bool:
        """Tell whether the signature is of this body by this key, in constant time."""
        text = b"v0:" + self.timestamp.encode() + b":" + self.body
        digest = hmac.digest(key.reveal().encode(), text, "sha256").hex()
        return hmac.compare_digest(f"v0={digest}", self.signature)


def request_in(event: object, now: datetime) -> Request | None:
    """Take an event by what needs no key; None for one of another path or method than clicks have.

    Raises ClickRefusedError for what is no request, a body that is too large, and a signature that is
    missing, malformed or old.
    """
    try:
        asked = msgspec.convert(event, _Event)
    except (msgspec.ValidationError, UnicodeError) as error:
        raise ClickRefusedError("not a request") from error
    if asked.request_context.http != _Http("POST", "/"):
        return None
    body = _body(asked)
    if len(body) > LARGEST_BODY:
        raise ClickRefusedError("too large")
    headers = {name.lower(): value for name, value in asked.headers.items()}
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        raise ClickRefusedError("not signed")
    if abs(now - EPOCH - timedelta(seconds=int(timestamp))) > MOST_SKEW:
        raise ClickRefusedError("old")
    return Request(body, timestamp, signature)


def _body(asked: _Event) -> bytes:
    """Give the body as it was sent: what is no text comes in base64."""
    body = (asked.body or "").encode(errors="replace")
    # Four characters of base64 hold three bytes.
    if not asked.is_base64_encoded or len(body) > LARGEST_BODY * 2:
        return body
    try:
        return b64decode(body, validate=True)
    except NotBase64 as error:
        raise ClickRefusedError("not signed") from error

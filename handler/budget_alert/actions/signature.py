"""Whether a request comes from Slack: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

import hmac
import re
from collections.abc import Mapping
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


class Signed(msgspec.Struct, frozen=True):
    """A request that may be from Slack: its body as it came, and what was said to vouch for it."""

    body: bytes
    timestamp: str
    signature: str

    def is_by(self, key: Secret) -> bool:
        """Tell whether the signature is of this body by this key, in constant time."""
        text = b"v0:" + self.timestamp.encode() + b":" + self.body
        digest = hmac.digest(key.reveal().encode(), text, "sha256").hex()
        return hmac.compare_digest(f"v0={digest}", self.signature)


def signed(headers: Mapping[str, str], body: bytes, now: datetime) -> Signed:
    """Take a request by what needs no key; `headers` have names in lower case.

    Raises ClickRefusedError for a body that is too large, and a signature that is missing, malformed or old.
    """
    if len(body) > LARGEST_BODY:
        raise ClickRefusedError("too large")
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        raise ClickRefusedError("not signed")
    if abs(now - EPOCH - timedelta(seconds=int(timestamp))) > MOST_SKEW:
        raise ClickRefusedError("old")
    return Signed(body, timestamp, signature)

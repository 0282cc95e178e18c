"""What tells things apart: one short name for the same parts."""

import re
from hashlib import blake2b

import msgspec

ALONE = "default"
"""The name of the account where the secret names none."""
TOGETHER = "all"
"""The name under which all accounts are summed; no account may have it."""

NAMED = r"[A-Za-z0-9._-]{1,32}"
"""What an account or a channel can be called; a key in its place is longer, and so is never said."""


def is_named(name: str) -> bool:
    """Tell whether an account or a channel can have this name."""
    return re.fullmatch(NAMED, name) is not None


BETWEEN = "\n"
"""Stands between the key of a rule and the API key or bot that it is about."""


def key_of(rule: str, value: str) -> str:
    """Name a rule, or what was notified of it, for one key or bot; "" for a rule that is about all."""
    return f"{rule}{BETWEEN}{value}" if value else rule


def identity(*parts: object) -> str:
    """Give sixteen hex digits: the same for the same parts, in every process and version."""
    return blake2b(msgspec.json.encode(parts), digest_size=8).hexdigest()

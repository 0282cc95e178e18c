"""Who may publish on the topic, decided by its policy as IAM decides it: a denial wins, silence denies."""

import operator
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

_CONDITIONS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnLike": fnmatchcase,
    "ArnNotEquals": operator.ne,
    "Bool": operator.eq,
    "StringEquals": operator.eq,
}


class Publisher(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who publishes: the service it is, what the request says of it, what its own role allows."""

    service: str = ""
    context: Mapping[str, str]
    role_allows: bool = False


def may_publish(policy: Any, publisher: Publisher) -> bool:
    """Tell whether the topic's policy, with the publisher's own role, lets its message through."""
    effects = {one["Effect"] for one in policy["Statement"] if _applies(one, publisher)}
    return "Deny" not in effects and ("Allow" in effects or publisher.role_allows)


def _applies(statement: Any, publisher: Publisher) -> bool:
    principal = statement["Principal"]
    tests = [
        _holds(condition, publisher.context.get(key), wanted)
        for condition, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    ]
    return principal in ("*", {"Service": publisher.service}) and all(tests)


def _holds(condition: str, value: str | None, wanted: str) -> bool:
    """Decide one condition; where the request lacks the key, only a negated one holds."""
    return "Not" in condition if value is None else _CONDITIONS[condition](value, wanted)

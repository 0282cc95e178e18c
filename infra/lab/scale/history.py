"""What happened in a run, in the order in which it did: what the checks go by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec


class Tick(msgspec.Struct, frozen=True):
    """A tick that began or ended.

    `whole` says that it read all there was and judged it; over all accounts, `complete` says that each of
    them has been read whole once. Of a tick that only began, nobody knows how far it came. `refused` says
    that Poe refused its key. Over all accounts, `named` are those that the secret names then.
    """

    account: str
    at: datetime
    ended: bool
    whole: bool = False
    complete: bool = False
    refused: bool = False
    named: frozenset[str] = frozenset()


class Told(msgspec.Struct, frozen=True):
    """An alert that the topic took: whose it is, and its record as machines read it."""

    account: str
    alert: Mapping[str, Any]

    @property
    def name(self) -> tuple[str, str]:
        """Whose alert it is, and which."""
        return self.account, self.alert["id"]


class Events(msgspec.Struct):
    """All ticks, and what was told: by SNS alert by alert, in Slack so many alerts of an account.

    `excused` are alerts by channel, account and id that the channel had taken when an invocation was cut off
    before it could remember that: each may be told once more.
    """

    ticks: list[Tick] = msgspec.field(default_factory=list)
    told: list[Told] = msgspec.field(default_factory=list)
    slack: list[tuple[str, int]] = msgspec.field(default_factory=list)
    excused: list[tuple[str, str, str]] = msgspec.field(default_factory=list)

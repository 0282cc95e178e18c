"""What was looked at, as plain values; what could not be is a value too."""

from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

import msgspec

from budget_alert.secret import Keyring
from poe_budget.health import Health


class Unseen(msgspec.Struct, frozen=True):
    """Something that could not be looked at, and why."""

    why: str


T = TypeVar("T")
Seen: TypeAlias = T | Unseen


class SignedIn(msgspec.Struct, frozen=True):
    """Whose AWS it is; `problem` says why it is nobody's, and what to do."""

    account: str = ""
    region: str = ""
    problem: str = ""


class Asked(msgspec.Struct, frozen=True):
    """What Poe made of the key of an account.

    `problem` says why it gave no usage, "" where it did, and `remedy` what to do; where the key was
    `refused`, that is a new one.
    """

    account: str
    problem: str = ""
    remedy: str = ""
    refused: bool = False


class Clocks(msgspec.Struct, frozen=True):
    """How far this machine's clock is ahead of AWS's and of Poe's, None where that is not known."""

    aws: timedelta | None
    poe: timedelta | None


class Release(msgspec.Struct, frozen=True):
    """The version of a stack, None where it names none."""

    version: str | None


class Webhook(msgspec.Struct, frozen=True):
    """A place in Slack: its name among those that rules notify, "" for where all else goes.

    Host and path are those of its address, which is a secret; `problem` says why its host is not reached.
    """

    name: str
    host: str
    path: str
    problem: str = ""


class Menus(msgspec.Struct, frozen=True):
    """Whether alerts in Slack carry menus, where clicks go ("" for nowhere), whether they can be checked."""

    wanted: bool
    address: str
    signing: bool


class Listeners(msgspec.Struct, frozen=True):
    """A topic, how many of its subscriptions are confirmed, and the protocols of those that are not."""

    topic: str
    confirmed: int
    pending: tuple[str, ...]


class Config(msgspec.Struct, frozen=True):
    """The newest config: what it is called in a sentence, and its mistakes."""

    source: str
    mistakes: tuple[str, ...]


class Schedule(msgspec.Struct, frozen=True):
    """What wakes the function, where it is in the console, and how often it should."""

    page: str
    enabled: bool
    expression: str
    interval: timedelta


class Ticks(msgspec.Struct, frozen=True, kw_only=True):
    """When the function ticked and read everything last, None for never; its interval; the present."""

    ticked_at: datetime | None
    completed_at: datetime | None
    interval: timedelta
    now: datetime


class Alarm(msgspec.Struct, frozen=True):
    """An alarm by the name that the runbook has a section for, and whether it sends anything."""

    name: str
    state: str
    sends: bool


class Building(msgspec.Struct, frozen=True):
    """The program by which the function is built here; `problem` says why it cannot be, and what to do."""

    by: str = ""
    problem: str = ""


class Local(msgspec.Struct, frozen=True, kw_only=True):
    """What there is without a stack."""

    signed_in: SignedIn
    clocks: Seen[Clocks]
    keys: Seen[tuple[Asked, ...]]
    building: Building


class OfStack(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of a deployed stack."""

    name: str
    signed_in: SignedIn
    release: Seen[Release]
    clocks: Seen[Clocks]
    secret: Seen[Keyring]
    keys: Seen[tuple[Asked, ...]]
    webhooks: Seen[tuple[Webhook, ...]]
    menus: Seen[Menus]
    listeners: Seen[Listeners]
    config: Seen[Config]
    schedule: Seen[Schedule]
    ticks: Seen[Ticks]
    alarms: Seen[tuple[Alarm, ...]]
    health: Seen[Health]

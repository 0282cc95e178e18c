"""The usage of an account through a span of time, wherever it was read, and its instants in words."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from budget_alert.identity import ALONE
from budget_alert.instants import from_micros, slot_of, to_micros
from budget_alert.messages.wording import counted
from budget_alert.rules.scope import Scope
from budget_alert.snoozes import NO_SNOOZES, Snoozes
from budget_alert.usage.entries import Entry
from budget_alert.usage.missing import Holes
from budget_alert.usage.slots import Slots, Span
from budget_alert.usage.totals import Totals

OFF = timedelta(hours=1)
"""By so much clocks may differ; what is off by more is wrong, and so would be all that goes by it."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All usage of [start, end), as far as it could be read, and nothing else.

    `start` begins a quarter hour; `end` is the instant of the reading, within one. `slots` holds the
    quarter hours with usage, `holes` what of it is missing all the same. `entries` are the rows themselves,
    oldest first, None where the source keeps only sums. `unreadable` rows were left out. `source` says in
    words where this comes from, `notes` in sentences what its reader should know of it. `snoozes` are those
    of the stack that it comes from.
    """

    source: str
    start: datetime
    end: datetime
    slots: Slots
    entries: tuple[Entry, ...] | None = None
    unreadable: int = 0
    holes: Holes = ()
    notes: tuple[str, ...] = ()
    snoozes: Snoozes = NO_SNOOZES


def slots_of(entries: Iterable[Entry], costly: int | None = None) -> dict[datetime, Totals]:
    """Add up entries by their quarter hour, oldest first; those of `costly` points are kept by name."""
    by_slot: dict[datetime, list[Entry]] = {}
    for entry in entries:
        by_slot.setdefault(slot_of(from_micros(entry.created)), []).append(entry)
    return {start: Totals.of(by_slot[start], costly) for start in sorted(by_slot)}


def within(entries: Iterable[Entry], span: Span) -> tuple[Entry, ...]:
    """Give the entries created in [start, end), oldest first."""
    start, end = map(to_micros, span)
    kept = (entry for entry in entries if start <= entry.created < end)
    return tuple(sorted(kept, key=lambda entry: (entry.created, entry.query_id)))


def scope_of(account: str | None) -> Scope:
    """Give whose usage a command is about: one of several accounts, their sum, or the one without a name."""
    return Scope(account=account or ALONE, several=account is not None)


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def day(instant: datetime) -> str:
    """Give the date of an instant, such as: 1 Oct 2026."""
    at = instant.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"


def minute(instant: datetime) -> str:
    """Give an instant to the minute, such as: 1 Oct 2026 07:05 UTC."""
    return f"{day(instant)} {instant.astimezone(UTC):%H:%M} UTC"


def off(ahead: timedelta) -> str:
    """Say how far a clock is off, such as: 3 days ahead of."""
    hours = round(abs(ahead) / timedelta(hours=1))
    length = counted(round(hours / 24), "day") if hours >= 48 else counted(hours, "hour")  # noqa: PLR2004 - two days
    return f"{length} {'ahead of' if ahead > timedelta(0) else 'behind'}"

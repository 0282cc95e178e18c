"""Pages of Poe's history as they were read, and what of the history they leave unread."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from budget_alert.instants import to_micros
from budget_alert.usage.entries import Entry
from budget_alert.usage.state import RETENTION

LANDED = timedelta(hours=24)
"""What was read so long after its creation is not read again: late rows and costs have landed by then."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says of the history: all rows created in [bottom, top) were seen, on it or on its fellows.

    Times are microseconds since 1970. `read_at` is when the page was asked for. `last_id` is the row to go
    on after, to read what was created before `bottom`; None where nothing comes after.
    """

    read_at: int
    top: int
    bottom: int
    last_id: str | None
    unreadable: int = 0

    @property
    def landed(self) -> "Mark":
        """What of it will not change any more."""
        top = min(self.top, self.read_at - _micros(LANDED))
        return msgspec.structs.replace(self, top=max(top, self.bottom))


class ReadPage(Mark, frozen=True, kw_only=True):
    """A page with its rows, newest first."""

    entries: tuple[Entry, ...]


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the history to read: from the row `after`, or from the newest, down to `floor`.

    `floor` is in microseconds since 1970, and so is `top`, before which the rows after `after` were created;
    it is None where `after` is.
    """

    floor: int
    after: str | None = None
    top: int | None = None


def joined(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Join what touches or overlaps; newest first."""
    whole: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.top, mark.bottom), reverse=True):
        if mark.top <= mark.bottom:
            continue
        if whole and mark.top >= whole[-1].bottom:
            whole[-1] = _extended(whole[-1], mark)
        else:
            whole.append(mark)
    return tuple(whole)


def unread(marks: Iterable[Mark], now: datetime) -> tuple[Stretch, ...]:
    """Tell what must be read to have all of the last 30 days as it is now, newest first.

    What is known is read again unless it has landed.
    """
    oldest = to_micros(now - RETENTION)
    known = [mark for mark in joined(mark.landed for mark in marks) if mark.top > oldest]
    floors = [*(mark.top for mark in known), oldest]
    stretches = [Stretch(floor=floors[0])]
    for mark, floor in zip(known, floors[1:], strict=True):
        if mark.last_id is not None and mark.bottom > oldest:
            stretches.append(Stretch(floor=floor, after=mark.last_id, top=mark.bottom))
    return tuple(stretches)


def _extended(newer: Mark, older: Mark) -> Mark:
    if older.bottom >= newer.bottom:
        return newer
    return msgspec.structs.replace(newer, bottom=older.bottom, last_id=older.last_id)


def _micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)

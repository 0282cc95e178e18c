"""Period + time zone + instant -> window.

Hours and rolling lengths are elapsed time; days, weeks and months are calendar time in a zone.
Every edge of a window is a whole quarter hour of UTC for any date from 1980 on, because every zone's
offset has been one since then.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_HOURS_ALIGNED_ON = datetime(2026, 7, 1, tzinfo=UTC)


class Window(msgspec.Struct, frozen=True, order=True):
    """A half-open span of time, `start` <= t < `end`; both timezone-aware, in UTC."""

    start: datetime
    end: datetime


class Hour(msgspec.Struct, frozen=True, tag="hour"):
    """Sixty elapsed minutes from a full hour of the zone's clock.

    All hours of a zone begin at the same minute of UTC, so that each has sixty minutes and none is
    missing through any change of the clock. Where a change is of half an hour (Lord Howe Island),
    they begin on the full hour of the clock of July and on the half hour of the other.
    """


class Day(msgspec.Struct, frozen=True, tag="day"):
    """A calendar day."""

    def first(self, day: date) -> date:
        """Give the first day of the period that holds `day`."""
        return day


class Week(msgspec.Struct, frozen=True, tag="week"):
    """Seven calendar days from the weekday `starts_on`, 0 (Monday) to 6."""

    starts_on: int = 0

    def first(self, day: date) -> date:
        """Give the first day of the period that holds `day`."""
        return day - timedelta(days=(day.weekday() - self.starts_on) % 7)


class Month(msgspec.Struct, frozen=True, tag="month"):
    """A calendar month from day `starts_on`, 1 to 31; the month's last day where it is shorter."""

    starts_on: int = 1

    def first(self, day: date) -> date:
        """Give the first day of the period that holds `day`."""
        begins = self._within(day)
        return begins if begins <= day else self._within(day.replace(day=1) - timedelta(days=1))

    def _within(self, day: date) -> date:
        return day.replace(day=min(self.starts_on, monthrange(day.year, day.month)[1]))


class Rolling(msgspec.Struct, frozen=True, tag="rolling"):
    """The `hours` elapsed hours up to an instant; a day is 24 of them."""

    hours: int


CalendarPeriod: TypeAlias = Hour | Day | Week | Month
_INTO_NEXT = {Day: timedelta(days=1), Week: timedelta(days=7), Month: timedelta(days=32)}
"""From the first day of a period, so far is a day of the one after it."""


def window_at(period: CalendarPeriod, zone: ZoneInfo, instant: datetime) -> Window:
    """Give the window of `period` in `zone` that holds `instant`, an aware datetime."""
    if isinstance(period, Hour):
        return _hour_at(zone, instant)
    # A change of the clock around midnight can put the date a day off the windows: look from the day before.
    first = period.first(instant.astimezone(zone).date() - timedelta(days=1))
    following = _following(period, first)
    while midnight(zone, following) <= instant:
        first, following = following, _following(period, following)
    return Window(midnight(zone, first), midnight(zone, following))


def _following(period: Day | Week | Month, first: date) -> date:
    return period.first(first + _INTO_NEXT[type(period)])


def windows_between(
    period: CalendarPeriod, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[Window]:
    """Give, oldest first, every window of `period` in `zone` that overlaps [start, end].

    Both are aware datetimes; the window that holds `end` is the last one. A day that the zone
    skipped whole has no window.
    """
    window = window_at(period, zone, start)
    while window.start <= end:
        yield window
        window = window_at(period, zone, window.end)


def rolling_window(period: Rolling, end: datetime) -> Window:
    """Give the window of `period` up to `end`, an aware datetime on a quarter hour."""
    until = end.astimezone(UTC)
    return Window(until - timedelta(hours=period.hours), until)


def midnight(zone: ZoneInfo, day: date) -> datetime:
    """Give the instant, in UTC, at which `day` begins in `zone`.

    Of two midnights it is the first; one that the clock skips is read by the clock of before.
    """
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def midnights(zone: ZoneInfo, instant: datetime, days: int) -> list[datetime]:
    """Give where so many days begin, up to the one that holds `instant`, and where that one ends."""
    today = window_at(Day(), zone, instant)
    date = today.start.astimezone(zone).date()
    return [*(midnight(zone, date - timedelta(days=back)) for back in range(days - 1, -1, -1)), today.end]


def _hour_at(zone: ZoneInfo, instant: datetime) -> Window:
    ahead = timedelta(minutes=_HOURS_ALIGNED_ON.astimezone(zone).minute)
    local = (instant.astimezone(UTC) + ahead).replace(minute=0, second=0, microsecond=0)
    return Window(local - ahead, local - ahead + timedelta(hours=1))

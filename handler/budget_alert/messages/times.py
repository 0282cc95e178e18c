"""Instants and lengths of time as a message says them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from budget_alert.config.periods import Window
from budget_alert.instants import MICROSECOND
from budget_alert.messages.wording import counted
from budget_alert.usage.missing import Missing

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MINUTE = timedelta(minutes=1)
MOST_BY_THE_HOUR = 2 * DAY


def moment(instant: datetime, zone: str) -> str:
    """Give an instant on the clock of the IANA zone, its name beside it."""
    local = _local(instant, zone)
    return f"{local.day} {local:%b %Y %H:%M} ({zone})"


def day_and_time(instant: datetime, zone: str) -> str:
    """Give an instant on the clock of the IANA zone, without its year."""
    local = _local(instant, zone)
    return f"{local.day} {local:%b %H:%M}"


def date(instant: datetime, zone: str) -> str:
    """Give the date of an instant in the IANA zone, such as: 26 Nov."""
    local = _local(instant, zone)
    return f"{local.day} {local:%b}"


def dates(window: Window | Missing, zone: str) -> str:
    """Give the first and the last date of a span in the IANA zone, or the only one."""
    first, last = date(window.start, zone), date(max(window.end - MICROSECOND, window.start), zone)
    return first if first == last else f"{first} to {last}"


def weekday(instant: datetime, zone: str) -> str:
    """Give the date of an instant in the IANA zone with its weekday, such as: Thursday 26 Nov."""
    return f"{_local(instant, zone):%A} {date(instant, zone)}"


def between(earliest: datetime, latest: datetime, zone: str) -> str:
    """Give two instants as the part of a sentence that says when something will happen.

    More than two days are no time of day: they are said in days.
    """
    first, last = _local(earliest, zone), _local(latest, zone)
    if latest - earliest > MOST_BY_THE_HOUR:
        return _days(first, _local(latest - MICROSECOND, zone))
    if first.date() != last.date():
        return f"between {first:%a} {day_and_time(first, zone)} and {last:%a} {day_and_time(last, zone)}"
    if first >= last:
        return f"on {weekday(first, zone)} at about {first:%H:%M}"
    return f"on {weekday(first, zone)} between {first:%H:%M} and {last:%H:%M}"


def _days(first: datetime, last: datetime) -> str:
    if first.year != last.year:
        return f"between {first.day} {first:%b %Y} and {last.day} {last:%b %Y}"
    month = "" if first.month == last.month else f" {first:%b}"
    return f"between {first.day}{month} and {last.day} {last:%b}"


def span(window: Window, zone: str) -> str:
    """Give a window on the clock of the IANA zone; the clock's own name too where it changes in between."""
    start, end = (_local(edge, zone) for edge in (window.start, window.end))
    clocks = ("", "") if start.utcoffset() == end.utcoffset() else (f" {start:%Z}", f" {end:%Z}")
    until = f"{end:%H:%M}" if start.date() == end.date() else day_and_time(end, zone)
    return f"{day_and_time(start, zone)}{clocks[0]} to {until}{clocks[1]} ({zone})"


def roughly(length: timedelta) -> str:
    """Give a length of time in whole days, or in whole hours below a day; "" below an hour."""
    if length >= DAY:
        return counted(length // DAY, "day")
    return counted(length // HOUR, "hour") if length >= HOUR else ""


def at_length(length: timedelta) -> str:
    """Give a length of time in weeks from two on, half a day short or not, otherwise as `roughly` does."""
    weeks = (length + DAY / 2) // WEEK
    return counted(weeks, "week") if weeks > 1 else roughly(length)


def last(length: timedelta) -> str:
    """Give a length of time as it follows "the last": hour, 24 hours, 7 days, 15 minutes."""
    days, rest = divmod(length, DAY)
    if days > 1 and not rest:
        return counted(days, "day")
    if length < HOUR:
        return counted(length // MINUTE, "minute")
    return "hour" if length < 2 * HOUR else counted(length // HOUR, "hour")


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))

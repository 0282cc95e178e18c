import struct
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, strategies as st

from budget_alert.config.periods import (
    CalendarPeriod,
    Day,
    Hour,
    Month,
    Rolling,
    Week,
    Window,
    midnight,
    rolling_window,
    window_at,
    windows_between,
)
from poe_budget.periods import period_words

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
APIA = ZoneInfo("Pacific/Apia")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def zone_with_rule(rule: bytes) -> ZoneInfo:
    """Give a zone that follows a POSIX rule, as a file of the time zone database would say it."""
    head = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = head + struct.pack(">lbb", 0, 0, 0) + b"STD\0"
    return ZoneInfo.from_file(BytesIO(block * 2 + b"\n" + rule + b"\n"), key="Made/Up")


OVER_MIDNIGHT = zone_with_rule(b"STD0DST,M3.5.0/23:30,M10.5.0/0:30")

zones = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
modern = (datetime.fromisoformat("1980-01-02"), datetime.fromisoformat("2100-01-01"))
instants = st.datetimes(*modern, timezones=st.just(UTC))
months = st.integers(1, 31).map(Month)
weeks = st.integers(0, 6).map(Week)
calendar_periods = st.one_of(st.just(Hour()), st.just(Day()), weeks, months)


def utc(text: str) -> datetime:
    """Give the instant that an ISO 8601 text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def begins(zone: ZoneInfo, start: datetime, first: date) -> bool:
    """Tell whether the date in the zone reaches `first` at `start`, and had not before."""
    before, at = (start - MOMENT).astimezone(zone).date(), start.astimezone(zone).date()
    return before < first <= at


@given(calendar_periods, zones, instants, st.timedeltas(timedelta(0), timedelta(days=3)))
@example(Day(), OVER_MIDNIGHT, utc("2026-03-29T23:45"), HOUR)
@example(Day(), OVER_MIDNIGHT, utc("2026-10-24T23:45"), HOUR)
@example(Day(), APIA, utc("2011-12-29T12:00"), HOUR)
@example(Month(30), APIA, utc("2011-12-29T12:00"), HOUR)
@example(Day(), ZoneInfo("America/St_Johns"), utc("2006-10-29T02:45"), HOUR)
@example(Hour(), LORD_HOWE, utc("2024-10-05T14:30"), 2 * HOUR)
def test_windows_tile_the_time_line(
    period: CalendarPeriod, zone: ZoneInfo, instant: datetime, span: timedelta
) -> None:
    """A window holds its instant and ends where the next begins, and any instant within gives the same.

    Edges are in UTC, on whole quarter hours, so that slots never straddle one; an hour has sixty minutes.
    """
    found = window_at(period, zone, instant)
    assert found.start <= instant < found.end
    assert window_at(period, zone, found.end).start == found.end
    assert window_at(period, zone, found.start - MOMENT).end == found.start
    assert window_at(period, zone, found.start) == found == window_at(period, zone, found.end - MOMENT)
    for edge in (found.start, found.end):
        assert edge.tzinfo is UTC
        assert (edge - datetime(1970, 1, 1, tzinfo=UTC)) % QUARTER == timedelta(0)
    assert period != Hour() or found.end - found.start == HOUR
    between = list(windows_between(period, zone, instant, instant + span))
    assert (between[0], between[-1]) == (found, window_at(period, zone, instant + span))
    assert all(earlier.end == later.start for earlier, later in pairwise(between))


@given(st.integers(0, 6), zones, instants)
def test_weeks_begin_on_their_weekday(starts_on: int, zone: ZoneInfo, instant: datetime) -> None:
    """A week begins when its weekday does, and holds seven days of the calendar."""
    found = window_at(Week(starts_on), zone, instant)
    nearby = [(found.start.astimezone(zone) + timedelta(days=offset)).date() for offset in (-1, 0)]
    assert any(day.weekday() == starts_on and begins(zone, found.start, day) for day in nearby)
    assert timedelta(days=6) - HOUR <= found.end - found.start <= timedelta(days=8)


@given(st.integers(1, 31), zones, instants)
def test_months_begin_on_their_day(starts_on: int, zone: ZoneInfo, instant: datetime) -> None:
    """A month begins on its day, or on the last day of a month that is shorter."""
    found = window_at(Month(starts_on), zone, instant)
    nearby = [(found.start.astimezone(zone) + timedelta(days=offset)).date() for offset in (-1, 0)]
    ends_month = [day for day in nearby if (day + timedelta(days=1)).day == 1 and day.day < starts_on]
    right = [day for day in nearby if day.day == starts_on] + ends_month
    assert any(begins(zone, found.start, day) for day in right)
    assert timedelta(days=27) <= found.end - found.start <= timedelta(days=32)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/London", "2024-03-31T12:00", "2024-03-31T00:00", 23),
        ("Europe/London", "2024-10-27T12:00", "2024-10-26T23:00", 25),
        ("America/Havana", "2024-03-10T12:00", "2024-03-10T05:00", 23),
        ("America/Havana", "2024-11-03T12:00", "2024-11-03T04:00", 25),
        ("Africa/Cairo", "2024-04-26T12:00", "2024-04-25T22:00", 23),
        ("Africa/Cairo", "2024-10-31T12:00", "2024-10-30T21:00", 25),
        ("Asia/Beirut", "2024-03-31T12:00", "2024-03-30T22:00", 23),
        ("Asia/Beirut", "2024-10-26T12:00", "2024-10-25T21:00", 25),
        ("Australia/Lord_Howe", "2024-04-07T00:00", "2024-04-06T13:00", 24.5),
        ("Australia/Lord_Howe", "2024-10-06T00:00", "2024-10-05T13:30", 23.5),
        ("Asia/Kathmandu", "2024-11-22T12:00", "2024-11-21T18:15", 24),
    ],
)
def test_days_change_length_with_the_clock(zone: str, day: str, start: str, hours: float) -> None:
    """A day follows the zone's clock through both changes, also where one skips midnight."""
    assert window_at(Day(), ZoneInfo(zone), utc(day)) == Window(
        utc(start), utc(start) + timedelta(hours=hours)
    )


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Paris", "2026-11-22T10:00"),
        ("Asia/Kolkata", "2026-11-22T10:30"),
        ("Asia/Kathmandu", "2026-11-22T10:15"),
        ("Australia/Adelaide", "2026-11-22T10:30"),
        ("Australia/Lord_Howe", "2026-11-22T10:30"),
    ],
)
def test_hours_begin_on_the_full_hour_of_the_clock(zone: str, start: str) -> None:
    """An hour begins when the zone's clock shows a full hour, half hour offsets included.

    On Lord Howe Island, whose clock changes by half an hour, it keeps to that of July, so that none is short.
    """
    assert window_at(Hour(), ZoneInfo(zone), utc("2026-11-22T10:59")).start == utc(start)


@given(st.integers(1, 2160), instants)
def test_rolling_windows_are_elapsed_time(hours: int, instant: datetime) -> None:
    """A rolling window is its hours up to its end, whatever zone the end is given in."""
    found = rolling_window(Rolling(hours), instant.astimezone(APIA))
    assert found == Window(instant - timedelta(hours=hours), instant)
    assert found.start.tzinfo is UTC


def test_periods_have_words() -> None:
    """Each period has the words that the command line uses for it."""
    months = [period_words(Month(day)).removeprefix("calendar month") for day in (1, 2, 3, 11, 21, 31)]
    assert months == ["", *(f" from the {day}" for day in ("2nd", "3rd", "11th", "21st", "31st"))]
    assert [period_words(period) for period in (Hour(), Day(), Week(), Week(6))] == [
        *("hour", "calendar day", "calendar week from Monday", "calendar week from Sunday")
    ]
    assert [period_words(Rolling(hours)) for hours in (1, 24, 36, 168)] == [
        *("rolling 1 hour", "rolling 24 hours", "rolling 36 hours", "rolling 7 days")
    ]


@given(zones, st.dates(date(1980, 1, 2), date(2100, 1, 1)))
def test_midnight_is_when_the_date_is_reached(zone: ZoneInfo, day: date) -> None:
    """A day begins at the first instant at which the date in its zone has been reached."""
    assert begins(zone, midnight(zone, day), day)

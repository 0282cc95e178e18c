import struct
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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


def window(start: str, end: str) -> Window:
    """Give the window between two such texts."""
    return Window(utc(start), utc(end))


def begins(zone: ZoneInfo, start: datetime, first: date) -> bool:
    """Tell whether the date in the zone reaches `first` at `start`, and had not before."""
    before, at = (start - MOMENT).astimezone(zone).date(), start.astimezone(zone).date()
    return before < first <= at


@given(calendar_periods, zones, instants)
@example(Day(), OVER_MIDNIGHT, utc("2026-03-29T23:45"))
@example(Day(), OVER_MIDNIGHT, utc("2026-10-24T23:45"))
def test_window_holds_its_instant(period: CalendarPeriod, zone: ZoneInfo, instant: datetime) -> None:
    """The window at an instant holds it."""
    found = window_at(period, zone, instant)
    assert found.start <= instant < found.end


@given(calendar_periods, zones, instants)
@example(Day(), OVER_MIDNIGHT, utc("2026-03-29T23:45"))
@example(Day(), APIA, utc("2011-12-29T12:00"))
@example(Month(30), APIA, utc("2011-12-29T12:00"))
@example(Day(), ZoneInfo("America/St_Johns"), utc("2006-10-29T02:45"))
def test_windows_tile_the_time_line(period: CalendarPeriod, zone: ZoneInfo, instant: datetime) -> None:
    """Each window ends where the next begins, and every instant within one gives the same one."""
    found = window_at(period, zone, instant)
    assert window_at(period, zone, found.end).start == found.end
    assert window_at(period, zone, found.start - MOMENT).end == found.start
    assert window_at(period, zone, found.start) == found == window_at(period, zone, found.end - MOMENT)


@given(calendar_periods, zones, instants)
def test_edges_are_quarter_hours(period: CalendarPeriod, zone: ZoneInfo, instant: datetime) -> None:
    """Edges are in UTC, on whole quarter hours, so that slots never straddle one."""
    found = window_at(period, zone, instant)
    for edge in (found.start, found.end):
        assert edge.tzinfo is UTC
        assert (edge - datetime(1970, 1, 1, tzinfo=UTC)) % QUARTER == timedelta(0)


@given(zones, instants)
def test_hours_have_sixty_minutes(zone: ZoneInfo, instant: datetime) -> None:
    """An hour is sixty elapsed minutes, through any change of the clock."""
    found = window_at(Hour(), zone, instant)
    assert found.end - found.start == HOUR


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


@given(calendar_periods, zones, instants, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_windows_between_are_all_that_overlap(
    period: CalendarPeriod, zone: ZoneInfo, start: datetime, span: timedelta
) -> None:
    """The windows between two instants follow each other from the first instant's to the last's."""
    found = list(windows_between(period, zone, start, start + span))
    assert found[0] == window_at(period, zone, start)
    assert found[-1] == window_at(period, zone, start + span)
    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    assert all(one.start < one.end for one in found)


def test_the_window_that_begins_at_the_end_is_between() -> None:
    """The end of the span is closed: a window that begins there is given."""
    found = list(windows_between(Day(), ZoneInfo("UTC"), utc("2026-11-21T12:00"), utc("2026-11-23")))
    assert found == [window(f"2026-11-{day}", f"2026-11-{day + 1}") for day in (21, 22, 23)]


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


def test_a_skipped_day_has_no_window() -> None:
    """Where a zone skipped a day whole, the day before ends where the day after begins."""
    found = list(windows_between(Day(), APIA, utc("2011-12-29T12:00"), utc("2011-12-30T12:00")))
    assert found == [
        window("2011-12-29T10:00", "2011-12-30T10:00"),
        window("2011-12-30T10:00", "2011-12-31T10:00"),
    ]


@pytest.mark.parametrize(
    ("starts_on", "edges"),
    [
        (1, ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]),
        (17, ["2025-12-17", "2026-01-17", "2026-02-17", "2026-03-17"]),
        (29, ["2025-12-29", "2026-01-29", "2026-02-28", "2026-03-29"]),
        (31, ["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
    ],
)
def test_months_begin_on_the_last_day_where_shorter(starts_on: int, edges: list[str]) -> None:
    """`starts_on` 29 to 31 falls on the last day of a month that is shorter."""
    expected = [window(start, end) for start, end in pairwise(edges)]
    found = windows_between(Month(starts_on), ZoneInfo("UTC"), utc("2026-01-01"), expected[-1].start)
    assert list(found) == expected


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Paris", "2026-11-22T10:00"),
        ("Asia/Kolkata", "2026-11-22T10:30"),
        ("Asia/Kathmandu", "2026-11-22T10:15"),
        ("Australia/Adelaide", "2026-11-22T10:30"),
    ],
)
def test_hours_begin_on_the_full_hour_of_the_clock(zone: str, start: str) -> None:
    """An hour begins when the zone's clock shows a full hour, half hour offsets included."""
    assert window_at(Hour(), ZoneInfo(zone), utc("2026-11-22T10:59")).start == utc(start)


def test_hours_keep_their_minute_through_a_change_of_half_an_hour() -> None:
    """On Lord Howe Island hours keep to the full hours of July's clock, so that none is short."""
    change = utc("2024-10-05T15:30")
    found = list(windows_between(Hour(), LORD_HOWE, change - HOUR, change + HOUR))
    assert [one.start for one in found] == [change - HOUR, change, change + HOUR]


@given(st.integers(1, 2160), instants)
def test_rolling_windows_are_elapsed_time(hours: int, instant: datetime) -> None:
    """A rolling window is its hours up to its end, whatever zone the end is given in."""
    found = rolling_window(Rolling(hours), instant.astimezone(APIA))
    assert found == Window(instant - timedelta(hours=hours), instant)
    assert found.start.tzinfo is UTC


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Hour(), "hour"),
        (Day(), "calendar day"),
        (Week(), "calendar week from Monday"),
        (Week(6), "calendar week from Sunday"),
        (Month(), "calendar month"),
        (Month(2), "calendar month from the 2nd"),
        (Month(3), "calendar month from the 3rd"),
        (Month(11), "calendar month from the 11th"),
        (Month(17), "calendar month from the 17th"),
        (Month(21), "calendar month from the 21st"),
        (Month(31), "calendar month from the 31st"),
        (Rolling(1), "rolling 1 hour"),
        (Rolling(24), "rolling 24 hours"),
        (Rolling(36), "rolling 36 hours"),
        (Rolling(168), "rolling 7 days"),
    ],
)
def test_periods_have_words(period: CalendarPeriod | Rolling, words: str) -> None:
    """Each period has the words that messages use for it."""
    assert period.words == words


def test_periods_are_values() -> None:
    """Equal periods are one key, and periods of different kinds are not."""
    assert {Day(): 1, Week(): 2, Month(): 3, Hour(): 4, Week(0): 5} == {
        Day(): 1,
        Hour(): 4,
        Month(1): 3,
        Week(): 5,
    }


@given(zones, st.dates(date(1980, 1, 2), date(2100, 1, 1)))
def test_midnight_is_when_the_date_is_reached(zone: ZoneInfo, day: date) -> None:
    """A day begins at the first instant at which the date in its zone has been reached."""
    assert begins(zone, midnight(zone, day), day)

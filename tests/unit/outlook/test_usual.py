from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.config.periods import Window
from budget_alert.instants import day_of
from budget_alert.outlook.past import Past
from budget_alert.outlook.usual import Usual, usual
from tests.support.pasts import DAY, HOUR, MONDAY, past

QUARTER = timedelta(minutes=15)


def window(days: float, hours: float) -> Window:
    """Make a window of so many hours that begins so many days after the Monday."""
    start = MONDAY + days * DAY
    return Window(start, start + hours * HOUR)


def test_usual_is_that_of_the_clock_time() -> None:
    """At nine it is usual what was used at nine, not what the whole day had."""
    series = past(10, lambda hour: 100 if hour % 24 == 9 else 2)
    assert usual(series, window(10 + 9 / 24, 1), UTC) == Usual(100, 2)
    assert usual(series, window(10 + 10 / 24, 1), UTC) == Usual(2, 2)


def test_weekends_are_compared_with_weekends_once_there_are_four() -> None:
    """Until four days of the kind are known any day counts; then only those."""

    def hour(number: int) -> float:
        return 1.0 if number // 24 % 7 >= 5 else 50.0

    assert usual(past(12, hour), window(12, 1), UTC) == Usual(50, 50)
    assert usual(past(13, hour), window(13, 1), UTC) == Usual(50, 50)
    assert usual(past(19, hour), window(19, 1), UTC) == Usual(1, 50)
    assert usual(past(21, hour), window(21, 1), UTC) == Usual(50, 50)


def test_only_hours_before_the_window_count() -> None:
    """A burst within the window does not make itself usual, nor does one four weeks ago."""
    series = past(40, lambda hour: 1000 if hour >= 39 * 24 or hour < 24 * 11 else 3)
    assert usual(series, window(39, 1), UTC) == Usual(3, 3)


def test_a_burst_makes_itself_not_usual() -> None:
    """Of ten days one was a burst: the median does not see it."""
    assert usual(past(10, lambda hour: 900 if 48 <= hour < 52 else 3), window(10 + 2 / 24, 1), UTC) == Usual(
        3, 3
    )


def test_high_is_what_one_window_in_twenty_reaches() -> None:
    """The quantile is that of all windows so long, at any hour, between the two it falls on."""
    series = past(5, lambda hour: hour)
    assert usual(series, window(5, 1), UTC) == Usual(48, 113)
    assert usual(series, window(5, 3), UTC) == Usual(147, 336)


def test_what_begins_on_the_hour_is_usual_from_its_first_quarter_on() -> None:
    """Of a window that cuts hours, the larger of the two on full hours around it is the usual one."""
    series = past(5, lambda hour: 4 if hour % 24 == 0 else 8)
    start = MONDAY + 5 * DAY + QUARTER
    assert usual(series, Window(start, start + HOUR), UTC) == Usual(8, 8)
    assert usual(series, Window(start - HOUR, start), UTC) == Usual(8, 8)
    assert usual(series, Window(start - QUARTER, start - QUARTER + HOUR), UTC) == Usual(4, 8)


@pytest.mark.parametrize(("days", "hours"), [(2, 1), (2.9, 1), (6, 7 * 24)])
def test_too_little_is_known(days: float, hours: int) -> None:
    """On less than three days, and where no window so long is known, nothing is usual."""
    assert usual(past(10, lambda _: 5), window(days, hours), UTC) is None


def test_a_week_is_compared_with_the_weeks_before() -> None:
    """Long windows overlap each other; each that ended in time counts."""
    assert usual(past(9, lambda _: 5), window(9, 7 * 24), UTC) == Usual(840, 840)
    assert usual(past(9, lambda _: 5).until(MONDAY), window(9, 1), UTC) is None


CHANGES = [
    ("Europe/London", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 3, 14, 7, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 10, 25, 1, tzinfo=UTC)),
]


def working(
    start: datetime, days: int, job: Callable[[datetime], bool], clock: tzinfo, points: float = 7_500
) -> Past:
    """Give a past of quarter hours: so many points in those of a job, by a clock, and five in each other."""
    quarters = (start + number * QUARTER for number in range(days * 96))
    return Past(start, tuple(points if job(at.astimezone(clock)) else 5 for at in quarters), QUARTER)


def bursts(past: Past, since: datetime, length: timedelta, zone: tzinfo, times: float = 4) -> list[Window]:
    """Give the windows that a spike rule of 20,000 points would take for a burst."""
    found = []
    end = since
    while (end := end + QUARTER) <= past.end:
        burst = Window(end - length, end)
        points = past.between(burst.start, burst.end)
        normal = usual(past, burst, zone) if points >= 20_000 else None
        if normal and points >= times * normal.points and points > normal.high:
            found.append(burst)
    return found


@pytest.mark.parametrize("hour", [0, 1, 2, 9, 23])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change[0]} {change[1]:%d %b}")
def test_a_daily_job_is_usual_through_a_change_of_the_clock(change: tuple[str, datetime], hour: int) -> None:
    """Whatever hour of the zone's clock it has, and at whatever hour of UTC that is now."""
    zone, changed = ZoneInfo(change[0]), change[1]
    start = day_of(changed) - 40 * DAY
    past = working(start, 55, lambda at: at.hour == hour, zone)
    for length in (HOUR, 3 * HOUR):
        assert bursts(past, changed - DAY, length, zone) == []


@pytest.mark.parametrize("length", [DAY, 7 * DAY])
def test_long_windows_are_usual_through_a_change_of_the_clock(length: timedelta) -> None:
    """A day of 23 hours has a daily job twice within 24 hours: so had the days before, by the clock."""
    zone, changed = ZoneInfo("Europe/London"), datetime(2026, 3, 29, 1, tzinfo=UTC)
    past = working(day_of(changed) - 40 * DAY, 50, lambda at: at.hour == 9, zone)
    assert bursts(past, changed - DAY, length, zone, times=1.5) == []


def test_a_job_by_the_clock_of_utc_is_usual_too() -> None:
    """Servers mostly have that clock: the hour at which their jobs run in the zone changes with the clock."""
    zone, changed = ZoneInfo("Europe/London"), datetime(2026, 10, 25, 1, tzinfo=UTC)
    past = working(day_of(changed) - 40 * DAY, 55, lambda at: at.hour == 9, UTC)
    assert bursts(past, changed - DAY, HOUR, zone) == []


@pytest.mark.parametrize("hour", [0, 6, 23])
@pytest.mark.parametrize("silent", [0, 30], ids=["new file", "known silence"])
def test_a_weekly_job_is_usual_from_the_fifth_time_on(hour: int, silent: int) -> None:
    """Four Mondays are enough, near midnight too, and where it is known that none was before."""
    zone = ZoneInfo("Europe/London")
    first = MONDAY - (1 + silent) * DAY

    def job(at: datetime) -> bool:
        return at.weekday() == 0 and at.hour == hour and at.timestamp() >= MONDAY.timestamp()

    past = working(first, 1 + silent + 9 * 7, job, zone)
    found = bursts(past, MONDAY, HOUR, zone)
    assert found
    assert [window for window in found if window.end > MONDAY + (3 * 7 + 2) * DAY] == []


def test_a_job_of_workdays_is_usual_once_four_are_known_and_at_weekends_never() -> None:
    """A job that began on a Monday is so from Friday on; on a Saturday it is a burst."""
    began = MONDAY + 28 * DAY

    def job(at: datetime) -> bool:
        return at.hour == 9 and at >= began and (at.weekday() < 5 or at.day == 12)

    past = working(MONDAY, 28 + 14, job, UTC)
    assert {f"{window.end - QUARTER:%a %d}" for window in bursts(past, began, HOUR, UTC)} == {
        "Mon 30",
        "Tue 01",
        "Wed 02",
        "Thu 03",
        "Sat 12",
    }


@given(
    st.lists(st.integers(-(10**15), 10**15), min_size=24, max_size=200),
    st.integers(0, 1000),
    st.integers(1, 7 * 96),
)
def test_no_past_is_too_odd(hours: list[int], start: int, length: int) -> None:
    """Whatever the past and the window, there is an answer within what the past holds, or none."""
    begin = MONDAY + start * QUARTER
    normal = usual(Past(MONDAY, tuple(hours)), Window(begin, begin + length * QUARTER), UTC)
    if normal:
        most = sum(abs(points) for points in hours) * 1.01
        assert abs(normal.points) <= most
        assert abs(normal.high) <= most


@given(st.lists(st.integers(0, 1000), min_size=72, max_size=300), st.integers(1, 30))
def test_usual_grows_with_the_points(hours: list[int], factor: int) -> None:
    """Ten times the points, ten times what is usual, up to rounding."""
    start = MONDAY + len(hours) * HOUR
    window = Window(start, start + 2 * HOUR)
    one = usual(Past(MONDAY, tuple(hours)), window, UTC)
    many = usual(Past(MONDAY, tuple(factor * points for points in hours)), window, UTC)
    assert one is not None
    assert many is not None
    assert abs(many.points - factor * one.points) <= factor
    assert abs(many.high - factor * one.high) <= factor

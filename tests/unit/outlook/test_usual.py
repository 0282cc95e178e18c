from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

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


def weekend(number: int) -> float:
    """Use little at weekends."""
    return 1.0 if number // 24 % 7 >= 5 else 50.0


@pytest.mark.parametrize(
    ("known", "hour", "asked", "expected"),
    [
        (10, lambda hour: 100 if hour % 24 == 9 else 2, window(10 + 9 / 24, 1), Usual(100, 2)),
        (10, lambda hour: 100 if hour % 24 == 9 else 2, window(10 + 10 / 24, 1), Usual(2, 2)),
        (12, weekend, window(12, 1), Usual(50, 50)),
        (13, weekend, window(13, 1), Usual(50, 50)),
        (19, weekend, window(19, 1), Usual(1, 50)),
        (21, weekend, window(21, 1), Usual(50, 50)),
        (40, lambda hour: 1000 if hour >= 39 * 24 or hour < 24 * 11 else 3, window(39, 1), Usual(3, 3)),
        (10, lambda hour: 900 if 48 <= hour < 52 else 3, window(10 + 2 / 24, 1), Usual(3, 3)),
        (5, lambda hour: hour, window(5, 1), Usual(48, 113)),
        (5, lambda hour: hour, window(5, 3), Usual(147, 336)),
        (5, lambda hour: 8 - 4 * (hour % 24 == 0), window(5 + 1 / 96, 1), Usual(8, 8)),
        (5, lambda hour: 8 - 4 * (hour % 24 == 0), window(5 - 3 / 96, 1), Usual(8, 8)),
        (5, lambda hour: 8 - 4 * (hour % 24 == 0), window(5, 1), Usual(4, 8)),
        (9, lambda _: 5, window(9, 7 * 24), Usual(840, 840)),
        *((10, lambda _: 5, window(days, hours), None) for days, hours in ((2, 1), (2.9, 1), (6, 7 * 24))),
    ],
    ids=[
        *("the hour of the clock", "another hour"),
        *("three of a kind", "so far", "four of a kind: the weekend's", "four of a kind: a workday's"),
        *("only what lies before, for four weeks", "a burst is not usual"),
        *("19 windows of 20 stay below", "so of longer ones"),
        *("a cut hour: the larger around it", "before it", "a whole hour"),
        *("weeks that overlap", "two days known", "almost three", "no window so long"),
    ],
)
def test_what_is_usual(
    known: int, hour: Callable[[int], float], asked: Window, expected: Usual | None
) -> None:
    """A median of windows like it, at the same time of the clock, and the quantile of any."""
    assert usual(past(known, hour), asked, UTC) == expected


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

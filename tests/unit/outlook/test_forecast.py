from datetime import timedelta

import pytest

from budget_alert.config.periods import Window
from budget_alert.outlook.ending import rest_of
from budget_alert.outlook.foreseen import Forecast
from budget_alert.outlook.past import Past
from tests.support.pasts import DAY, HOUR, MONDAY, past

NOISE = (0.8, 1.3, 1.0, 0.7, 1.2, 0.9, 1.1, 1.0, 0.85, 1.15, 1.05)


def seen(
    series: Past, *, window: Window, used: int = 0, level: int = 10**9, late: timedelta = timedelta()
) -> Forecast:
    """Foretell at the end of a past, or so much later; it must be possible."""
    rest = rest_of(series, series.end + late, window.end)
    assert rest is not None
    return rest.forecast(used, level)


def days(start: float, end: float) -> Window:
    """Give the window between so many days after the Monday."""
    return Window(MONDAY + start * DAY, MONDAY + end * DAY)


def flat(count: int, hour: int = 100) -> Past:
    """Make a past of days that differ by a fifth or so, all hours of a day alike."""
    return past(count, lambda number: hour * NOISE[number // 24 % len(NOISE)])


def test_less_than_three_whole_days_foretell_nothing() -> None:
    """Two days and a half are not enough, three are, and what lies ahead of now is no history."""
    now, end = MONDAY + 2.9 * DAY, MONDAY + 9 * DAY
    assert rest_of(flat(3).until(now), now, end) is None
    assert rest_of(flat(9), now, end) is None
    assert rest_of(flat(3), MONDAY + 3 * DAY, end) is not None


def test_steady_usage_goes_on() -> None:
    """On even days the end is expected where the line leads, and the level around when it would be."""
    found = seen(flat(33), used=7_000, level=12_000, window=days(30, 37))
    assert found.expected == pytest.approx(16_600, rel=0.03)
    assert 13_000 < found.low < found.expected < found.high < 21_000
    assert found.chance > 0.99
    assert found.earliest is not None
    assert found.latest is not None
    assert (
        MONDAY + 34 * DAY < found.earliest < MONDAY + 35 * DAY + 2 * HOUR < found.latest < MONDAY + 36 * DAY
    )


@pytest.mark.parametrize(("level", "chance"), [(24_000, 0.0), (7_000, 1.0)])
def test_what_is_out_of_reach_or_reached_is_not_dated(level: int, chance: float) -> None:
    """Below a chance of a tenth no time is given, and none once the level is reached."""
    found = seen(flat(33), used=7_000, level=level, window=days(30, 37))
    assert found.chance == pytest.approx(chance, abs=0.01)
    assert (found.earliest, found.latest) == (None, None)


def test_hours_of_the_day_are_respected() -> None:
    """When all usage comes in the morning, an evening adds nothing, and a morning all."""
    mornings = past(30, lambda number: 100 if number % 24 < 12 else 0)
    evening = seen(mornings.until(MONDAY + 29.5 * DAY), used=500, level=600, window=days(29, 30))
    assert (evening.chance, evening.low, evening.high) == (0.0, 500, 500)
    morning = seen(mornings.until(MONDAY + 29.25 * DAY), used=600, level=900, window=days(29, 30))
    assert morning.expected == pytest.approx(1_200, rel=0.03)
    assert morning.earliest is not None
    assert morning.latest is not None
    assert MONDAY + 29.25 * DAY < morning.earliest <= morning.latest <= MONDAY + 29.5 * DAY


def weekly(number: int) -> float:
    """Give the points of an hour: many on workdays, few at weekends, some noise."""
    return NOISE[number // 24 % len(NOISE)] * (100 if number // 24 % 7 < 5 else 5)


@pytest.mark.parametrize(("count", "workdays"), [(40, 3), (42, 5), (45, 3), (47, 3)])
def test_weekdays_are_respected_after_four_weeks(count: int, workdays: int) -> None:
    """Of five days ahead, those at the weekend are expected to bring next to nothing, and not before then."""
    found = seen(past(count, weekly), window=days(count, count + 5))
    assert found.expected == pytest.approx(workdays * 2_400, rel=0.1)
    assert seen(past(19, weekly), window=days(19, 21)).expected > 2_000


def test_steady_growth_goes_on() -> None:
    """Where usage grew by 2 % a day for weeks, the next weeks are expected above all that was."""
    growing = past(50, lambda number: 100 * 1.02 ** (number / 24) * NOISE[number // 24 % len(NOISE)])
    found = seen(growing, window=days(50, 64))
    true = sum(100 * 1.02 ** (number / 24) for number in range(50 * 24, 64 * 24))
    assert found.expected == pytest.approx(true, rel=0.1)


def test_one_burst_is_no_growth() -> None:
    """A day of twenty times the usual is expected to come again seldom, not to go on."""
    burst = past(40, lambda number: 2_000 if number // 24 == 39 else 100 * NOISE[number // 24 % len(NOISE)])
    found = seen(burst, used=48_000, level=100_000, window=days(39, 46))
    assert found.chance < 0.6
    assert found.expected < 90_000


def test_few_days_leave_much_open() -> None:
    """The same days, once known for four and once for forty: the more there are, the closer the bounds."""
    few = seen(flat(4), window=days(4, 11))
    many = seen(flat(44), window=days(44, 51))
    assert few.high - few.low > 2 * (many.high - many.low)


def test_part_of_an_hour_is_not_forecast_twice() -> None:
    """Of the present hour only what is left of it is still to come."""
    even = past(30, lambda _: 100)
    window = Window(MONDAY + 29 * DAY, MONDAY + 30 * DAY + HOUR)
    found = seen(even, used=2_475, window=window, late=timedelta(minutes=45))
    assert found.expected == pytest.approx(2_500, abs=2)


def test_gap_between_past_and_now_is_bridged_by_the_clock() -> None:
    """Where the past ends a day before now, the time of day is still that of now."""
    mornings = past(20, lambda number: 100 if number % 24 < 12 else 0)
    found = seen(mornings, window=days(20, 22), late=30 * HOUR)
    assert found.expected == pytest.approx(600, rel=0.03)


def test_window_that_is_over_has_no_rest() -> None:
    """At its end a window ends at what was used."""
    over = seen(flat(9), used=5, level=6, window=days(2, 9))
    assert (over.chance, over.low, over.expected, over.high) == (0.0, 5, 5, 5)


def test_window_may_end_within_an_hour() -> None:
    """The midnight of some zones is a quarter to an hour of UTC: no time is given beyond it."""
    window = Window(MONDAY + 9 * DAY, MONDAY + 10 * DAY - timedelta(minutes=15))
    nightly = past(9, lambda number: 100 if number % 24 == 23 else 0)
    found = seen(nightly, used=0, level=60, window=window)
    assert found.expected == pytest.approx(75, rel=0.05)
    assert found.earliest == found.latest == window.end


def test_idle_account_uses_nothing() -> None:
    """From nothing but zeros comes nothing."""
    found = seen(past(9, lambda _: 0), used=3, level=4, window=days(8, 15))
    assert found == Forecast(level=4, chance=0.0, expected=3, low=3, high=3)


def test_refunds_undo_what_was_spent_before_them() -> None:
    """What is paid back hours later counts as never spent, and never makes a sum fall."""
    refunded = past(30, lambda number: (100, 0, -100)[number % 3])
    found = seen(refunded, used=50, level=60, window=days(29, 36))
    assert (found.chance, found.low, found.high) == (0.0, 50, 50)
    half = past(30, lambda number: (100, -50)[number % 2])
    assert seen(half, window=days(30, 31)).expected == pytest.approx(600, rel=0.03)


def test_windows_longer_than_a_month_are_forecast() -> None:
    """Ninety days ahead are as possible as nine."""
    found = seen(flat(56), window=days(56, 146))
    assert found.expected == pytest.approx(90 * 2_400, rel=0.1)


def test_only_two_months_count() -> None:
    """What an account used three months ago says nothing any more."""
    long = past(90, lambda number: 100 if number >= 34 * 24 else 10_000)
    assert seen(long, window=days(90, 91)).high < 3_500

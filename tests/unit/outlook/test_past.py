from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from budget_alert.outlook.past import Past, past_of
from budget_alert.usage.slots import Day, RecordedUsage
from budget_alert.usage.totals import Dimensions
from tests.support.pasts import DAY, HOUR, HOURS, MINI, MONDAY, OPUS, day, even, past

QUARTER = timedelta(minutes=15)
IDLE = (0,) * HOURS


def known(days: Mapping[datetime, Day], known_from: datetime, now: datetime) -> tuple[float, ...]:
    """Give the hours of a past that must be there."""
    found = past_of(days, known_from, now)
    assert found is not None
    assert (found.start, found.step) == (known_from, QUARTER)
    return found.hourly.points


def picked(day: Day, *parts: Dimensions) -> Day:
    """Keep some parts of a day, as a filtered budget sees it."""
    return RecordedUsage({MONDAY: day}, {}).only(lambda part: part in parts).days[MONDAY]


def test_past_goes_from_when_all_is_known_to_the_last_quarter_hour() -> None:
    """It begins within a day where that was seen in part; the present quarter hour is not over."""
    days = {MONDAY: even(9), MONDAY + DAY: day(range(24))}
    past = past_of(
        days, MONDAY + 22 * HOUR - QUARTER, MONDAY + DAY + HOUR + 2 * QUARTER + timedelta(minutes=9)
    )
    assert past == Past(MONDAY + 22 * HOUR - QUARTER, (0, *(9, 0, 0, 0) * 2, *(0, 0, 0, 0), 1, 0), QUARTER)
    assert past.hourly == Past(MONDAY + 22 * HOUR, (9, 9, 0))


def test_known_from_within_a_quarter_hour_is_known_from_its_end() -> None:
    """What was seen in part is left out."""
    past = past_of({}, MONDAY + timedelta(minutes=1), MONDAY + HOUR)
    assert past == Past(MONDAY + QUARTER, (0, 0, 0), QUARTER)
    assert past.hourly == Past(MONDAY + HOUR, ())


def test_days_without_an_item_were_idle() -> None:
    """A day that is missing counts as zero, at both ends, and where there is none at all."""
    days = {MONDAY + 2 * DAY: even(5)}
    assert known(days, MONDAY, MONDAY + 4 * DAY) == IDLE * 2 + (5,) * HOURS + IDLE
    assert known({}, MONDAY, MONDAY + 4 * DAY) == IDLE * 4


def test_nothing_is_known_before_the_first_quarter_hour_is_over() -> None:
    """There is no past yet."""
    assert past_of({MONDAY: even(9)}, MONDAY, MONDAY + timedelta(minutes=14)) is None
    assert past_of({MONDAY: even(9)}, MONDAY, MONDAY - DAY) is None


WEEKS = {MONDAY + n * DAY: even(1 + n % 7 if n % 7 < 5 else 50) for n in range(21)}
"""Three weeks of quiet weekdays, each busier than the one before it, and busy weekends."""


@pytest.mark.parametrize("length", [HOUR, DAY, 3 * DAY])
def test_what_was_planned_is_replaced_by_what_is_usual_then(length: timedelta) -> None:
    """By the other days of its weekday; what lies before all that is known, or after it, changes nothing."""
    spent = {**WEEKS, **{MONDAY + n * DAY: even(999) for n in (15, 16, 17)}}
    start, now = MONDAY + 15 * DAY, MONDAY + 18 * DAY
    planned = [(start, start + length), (now - HOUR, now + DAY), (MONDAY - DAY, MONDAY)]
    found = past_of(spent, MONDAY, now, planned)
    assert found
    at = 15 * HOURS + length // HOUR
    usual = past_of(WEEKS, MONDAY, now)
    assert usual
    assert found.hourly.points[:at] == usual.hourly.points[:at]
    assert set(found.hourly.points[at:-1]) <= {999}
    assert found.hourly.points[-1] == usual.hourly.points[-1]


def test_a_weekday_that_was_planned_each_time_is_as_the_other_days() -> None:
    """For nothing else is known of it."""
    days = {MONDAY + n * DAY: even(7 if n else 999) for n in range(5)}
    found = past_of(days, MONDAY, MONDAY + 5 * DAY, [(MONDAY, MONDAY + DAY)])
    assert found == past_of({**days, MONDAY: even(7)}, MONDAY, MONDAY + 5 * DAY)


def test_where_little_else_is_known_the_past_begins_after_what_was_planned() -> None:
    """So that nothing is called usual that is not."""
    days = {MONDAY + n * DAY: even(7) for n in range(6)}
    planned = [(MONDAY + DAY, MONDAY + 5 * DAY)]
    found = past_of(days, MONDAY, MONDAY + 6 * DAY, planned)
    assert found
    assert found.start == MONDAY + 5 * DAY
    assert past_of(days, MONDAY, MONDAY + 4 * DAY, planned) is None


def test_items_from_outside_are_left_out() -> None:
    """What is dated ahead of now is no past, nor is what lies before all is known."""
    days = {MONDAY: even(1), MONDAY + DAY: even(2), MONDAY + 9 * DAY: even(9)}
    assert known(days, MONDAY + DAY, MONDAY + 2 * DAY) == (2,) * HOURS


def test_filtered_quarters_have_the_share_of_their_day() -> None:
    """Each day's quarter hours are scaled by what the picked parts have of that day."""
    days = {
        MONDAY: picked(day([10] * HOURS, {OPUS: 180, MINI: 60}), MINI),
        MONDAY + 2 * DAY: picked(day([4] * HOURS, {MINI: 96}), MINI),
    }
    assert known(days, MONDAY, MONDAY + 3 * DAY) == (2.5,) * HOURS + IDLE + (4,) * HOURS


@pytest.mark.parametrize(
    ("opus", "mini", "hour"), [(240, 0, 0.0), (-200, 100, 0.0), (340, -100, 0.0), (-100, 340, 10.0)]
)
def test_share_of_a_day_with_refunds_stays_between_nothing_and_all(opus: int, mini: int, hour: float) -> None:
    """However refunds are spread, no share is negative or above one, and who has no points has none."""
    refunded = day([10] * 23 + [opus + mini - 230], {OPUS: opus, MINI: mini})
    assert known({MONDAY: picked(refunded, MINI)}, MONDAY, MONDAY + 23 * HOUR) == (hour,) * 23


def test_idle_since_is_the_end_of_the_newest_usage() -> None:
    """Where nothing was used, it is the start."""
    days = {MONDAY: day([0] * 9 + [7] + [0] * 14)}
    for known_from, since in ((MONDAY, MONDAY + 9 * HOUR + QUARTER), (MONDAY + DAY, MONDAY + DAY)):
        past = past_of(days, known_from, MONDAY + 3 * DAY)
        assert past is not None
        assert past.idle_since == since


def test_until_keeps_whole_hours() -> None:
    """A cut keeps the hours that were over, all of them where it comes later, none where it comes before."""
    whole = past(2, float)
    assert whole.until(MONDAY + 3 * HOUR + 3 * QUARTER) == Past(MONDAY, (0, 1, 2))
    assert whole.until(MONDAY + 9 * DAY) == whole
    assert whole.until(MONDAY - DAY).points == ()


def test_end_and_whole_days() -> None:
    """The end comes after the last hour; a day counts once it is over."""
    assert past(2, float).end == MONDAY + 2 * DAY
    assert past(2, float).whole_days == 2
    assert past(2, float).until(MONDAY + DAY + 23 * HOUR).whole_days == 1


def test_between_cuts_hours_in_proportion() -> None:
    """Of a cut hour its part counts, within one hour as well; what is unknown counts nothing."""
    whole = past(1, lambda hour: 4 * hour)
    assert whole.between(MONDAY + HOUR, MONDAY + 3 * HOUR) == 12
    assert whole.between(MONDAY + HOUR + QUARTER, MONDAY + 3 * HOUR + QUARTER) == 3 + 8 + 3
    assert whole.between(MONDAY + HOUR + QUARTER, MONDAY + HOUR + 2 * QUARTER) == 1
    assert whole.between(MONDAY - DAY, MONDAY + 9 * DAY) == 4 * 276
    assert whole.between(MONDAY + DAY, MONDAY + 9 * DAY) == 0
    assert whole.between(MONDAY + 3 * HOUR, MONDAY + HOUR) == 0


@given(
    st.lists(st.integers(-100, 1000), min_size=24, max_size=60),
    st.lists(st.integers(-20, 300), min_size=3, max_size=3).map(sorted),
)
def test_sums_of_parts_add_up(hours: list[int], places: list[int]) -> None:
    """A span's sum is that of its parts, wherever it is cut."""
    series = Past(MONDAY, tuple(hours))
    first, middle, last = (MONDAY + place * QUARTER for place in places)
    parts = series.between(first, middle) + series.between(middle, last)
    assert series.between(first, last) == pytest.approx(parts)

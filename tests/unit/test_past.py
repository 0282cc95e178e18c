from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.accounting.usage import HOURS, Day, Part
from budget_alert.outlook.past import Past, past_of
from tests.pasts import DAY, HOUR, MINI, MONDAY, OPUS, day, even, past

QUARTER = timedelta(minutes=15)


def known(
    days: Mapping[datetime, Day], now: datetime, *bots: Part, filtered: bool = False
) -> tuple[float, ...]:
    """Give the hours of a past that must be there."""
    found = past_of(days, now, (lambda part: part in bots) if filtered else None)
    assert found is not None
    assert found.start == min(days) + DAY
    return found.hours


def test_past_goes_from_the_second_day_to_the_last_whole_hour() -> None:
    """The first day was seen in part and is left out; the present hour is not over and is so too."""
    days = {MONDAY: even(9), MONDAY + DAY: day(range(24)), MONDAY + 2 * DAY: even(5)}
    now = MONDAY + 2 * DAY + 2 * HOUR + 3 * QUARTER
    assert known(days, now) == (*range(24), 5, 5)


def test_days_without_an_item_were_idle() -> None:
    """A day that is missing counts as zero, also at the end."""
    days = {MONDAY: even(9), MONDAY + 2 * DAY: even(5)}
    assert known(days, MONDAY + 4 * DAY) == (0,) * HOURS + (5,) * HOURS + (0,) * HOURS


@pytest.mark.parametrize("now", [MONDAY - DAY, MONDAY + HOUR, MONDAY + DAY, MONDAY + DAY + 3 * QUARTER])
def test_nothing_is_known_before_the_second_day(now: datetime) -> None:
    """There is no past before the first whole hour of the second day, and none without a day."""
    assert past_of({MONDAY: even(9), MONDAY + DAY: even(5)}, now) is None
    assert past_of({}, now) is None


def test_items_from_the_future_are_left_out() -> None:
    """What is dated ahead of now is no past."""
    days = {MONDAY: even(1), MONDAY + DAY: even(2), MONDAY + 9 * DAY: even(9)}
    assert known(days, MONDAY + 2 * DAY) == (2,) * HOURS


def test_filtered_hours_have_the_share_of_their_day() -> None:
    """Each day's hours are scaled by what the picked parts have of that day."""
    days = {
        MONDAY: even(1),
        MONDAY + DAY: day([10] * HOURS, {OPUS: 180, MINI: 60}),
        MONDAY + 3 * DAY: day([4] * HOURS, {MINI: 96}),
    }
    picked = known(days, MONDAY + 4 * DAY, MINI, filtered=True)
    assert picked == (2.5,) * HOURS + (0,) * HOURS + (4,) * HOURS


@pytest.mark.parametrize(
    ("opus", "mini", "hour"), [(0, 0, 0.0), (-200, 100, 0.0), (340, -100, 0.0), (-100, 340, 10.0)]
)
def test_share_of_a_day_with_refunds_stays_between_nothing_and_all(opus: int, mini: int, hour: float) -> None:
    """However refunds are spread, no share is negative or above one, and a day without points has none."""
    days = {MONDAY: even(1), MONDAY + DAY: day([10] * HOURS, {OPUS: opus, MINI: mini})}
    assert known(days, MONDAY + 2 * DAY, MINI, filtered=True) == (hour,) * HOURS


def test_until_keeps_whole_hours() -> None:
    """A cut keeps the hours that were over, all of them where it comes later, none where it comes before."""
    whole = past(2, float)
    assert whole.until(MONDAY + 3 * HOUR + 3 * QUARTER) == Past(MONDAY, (0, 1, 2))
    assert whole.until(MONDAY + 9 * DAY) == whole
    assert whole.until(MONDAY - DAY).hours == ()


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

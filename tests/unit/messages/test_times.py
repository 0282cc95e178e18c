from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.config.periods import Window
from budget_alert.messages.times import between, last, roughly, span
from tests.support.made_messages import NOVEMBER

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
CHANGE = datetime(2026, 10, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("window", "zone", "words"),
    [
        (NOVEMBER, "Europe/London", "1 Nov 00:00 to 1 Dec 00:00 (Europe/London)"),
        (NOVEMBER, "Asia/Tokyo", "1 Nov 09:00 to 1 Dec 09:00 (Asia/Tokyo)"),
        (Window(AT, AT + HOUR), "Europe/London", "26 Nov 09:00 to 10:00 (Europe/London)"),
        (Window(CHANGE, CHANGE + HOUR), "Europe/London", "25 Oct 01:00 BST to 01:00 GMT (Europe/London)"),
    ],
    ids=["in London", "in Tokyo", "a day is named once", "over a change both clocks are named"],
)
def test_a_window_is_worded_on_the_clock_of_its_zone(window: Window, zone: str, words: str) -> None:
    """A window reads in the user's time, the zone beside it."""
    assert span(window, zone) == words


@pytest.mark.parametrize(
    ("hours", "zone", "words"),
    [
        (12, "Europe/London", "on Thursday 26 Nov between 09:00 and 21:00"),
        (12, "Asia/Tokyo", "between Thu 26 Nov 18:00 and Fri 27 Nov 06:00"),
        (0, "Europe/London", "on Thursday 26 Nov at about 09:00"),
        (48, "Europe/London", "between Thu 26 Nov 09:00 and Sat 28 Nov 09:00"),
        (49, "Europe/London", "between 26 and 28 Nov"),
        (24 * 4 + 15, "Europe/London", "between 26 and 30 Nov"),
        (24 * 4 + 16, "Europe/London", "between 26 Nov and 1 Dec"),
        (24 * 365, "Europe/London", "between 26 Nov 2026 and 26 Nov 2027"),
    ],
)
def test_when_something_will_happen(hours: int, zone: str, words: str) -> None:
    """Instants of one day of the zone are worded by their hours, others by days too, far ones by days."""
    assert between(AT, AT + hours * HOUR, zone) == words


def test_lengths_are_rough_and_read_well_after_the_last() -> None:
    """Roughly, a length is whole days, or hours below a day, and nothing below an hour."""
    minutes = [9 * 1440 + 1380, 1440, 1439, 60, 59, -1440]
    rough = [roughly(timedelta(minutes=each)) for each in minutes]
    assert rough == ["9 days", "1 day", "23 hours", "1 hour", "", ""]
    exact = [last(timedelta(hours=each)) for each in (1, 24, 36, 168, 0.25)]
    assert exact == ["hour", "24 hours", "36 hours", "7 days", "15 minutes"]

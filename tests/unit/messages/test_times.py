from datetime import UTC, datetime, timedelta

import pytest

from budget_alert.config.periods import Window
from budget_alert.messages.times import between, last, moment, roughly, span, weekday
from tests.support.telling import NOVEMBER

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_a_window_is_told_on_the_clock_of_the_zone() -> None:
    """A window reads in the user's time, the zone beside it."""
    assert span(NOVEMBER, "Europe/London") == "1 Nov 00:00 to 1 Dec 00:00 (Europe/London)"
    assert span(NOVEMBER, "Asia/Tokyo") == "1 Nov 09:00 to 1 Dec 09:00 (Asia/Tokyo)"


def test_a_window_within_a_day_names_the_day_once() -> None:
    """An hour is not told by two dates."""
    hour = Window(AT, AT + timedelta(hours=1))
    assert span(hour, "Europe/London") == "26 Nov 09:00 to 10:00 (Europe/London)"


def test_a_window_over_a_change_of_the_clock_names_both_clocks() -> None:
    """The hour that comes twice does not read as a window from one o'clock to one o'clock."""
    twice = Window(datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
    assert span(twice, "Europe/London") == "25 Oct 01:00 BST to 01:00 GMT (Europe/London)"


def test_instants_are_told_in_the_zone() -> None:
    """An instant reads in the user's time, with its year or its weekday."""
    late = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)
    assert moment(late, "Europe/Paris") == "2 Jul 2026 00:05 (Europe/Paris)"
    assert weekday(late, "Europe/Paris") == "Thursday 2 Jul"


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (12, "on Thursday 26 Nov between 09:00 and 21:00"),
        (0, "on Thursday 26 Nov at about 09:00"),
        (48, "between Thu 26 Nov 09:00 and Sat 28 Nov 09:00"),
        (49, "between 26 and 28 Nov"),
        (24 * 4 + 14, "between 26 and 30 Nov"),
        (24 * 4 + 16, "between 26 Nov and 1 Dec"),
        (24 * 4 + 15, "between 26 and 30 Nov"),
        (24 * 365, "between 26 Nov 2026 and 26 Nov 2027"),
    ],
)
def test_when_something_will_happen(hours: int, words: str) -> None:
    """Two instants of one day are told by their hours, others by their days too, far ones by days only."""
    assert between(AT, AT + timedelta(hours=hours), "Europe/London") == words


def test_the_day_is_that_of_the_zone() -> None:
    """What is one day in London is two in Tokyo."""
    words = between(AT, AT + timedelta(hours=12), "Asia/Tokyo")
    assert words == "between Thu 26 Nov 18:00 and Fri 27 Nov 06:00"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=9, hours=23), "9 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=59), ""),
        (timedelta(days=-1), ""),
    ],
)
def test_a_rough_length(length: timedelta, words: str) -> None:
    """A length is whole days, or hours below a day, and nothing below an hour."""
    assert roughly(length) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=1), "hour"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(days=7), "7 days"),
        (timedelta(minutes=15), "15 minutes"),
    ],
)
def test_the_last_so_long(length: timedelta, words: str) -> None:
    """A length reads well after "the last"."""
    assert last(length) == words

from datetime import UTC, datetime, timedelta, timezone

import pytest

from poe_budget.past.history import day, minute


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2026, 10, 1, 7, 5, tzinfo=UTC), "1 Oct 2026 07:05 UTC"),
        (datetime(2026, 11, 23, tzinfo=UTC), "23 Nov 2026 00:00 UTC"),
        (datetime(2026, 10, 1, tzinfo=timezone(timedelta(hours=2))), "30 Sep 2026 22:00 UTC"),
    ],
)
def test_an_instant_in_words(instant: datetime, words: str) -> None:
    """A day of the month has no zero before it, and the clock is that of UTC."""
    assert minute(instant) == words
    assert words.startswith(f"{day(instant)} ")

import pytest

from budget_alert.config.periods import Window
from budget_alert.outlook.forecast import chance, forecast
from tests.support.pasts import DAY, MONDAY, past

WEEK = Window(MONDAY + 7 * DAY, MONDAY + 14 * DAY)


@pytest.mark.parametrize("level", [100, 20_000, 30_000, 60_000, 10**7])
def test_the_chance_alone_is_that_of_the_forecast(level: int) -> None:
    """Whoever asks for the chance only gets what the whole forecast says."""
    series = past(9, lambda number: 100 + 50 * (number // 24 % 3))
    said = forecast(series, used=9_000, now=series.end, window=WEEK, level=level)
    assert said is not None
    assert chance(series, used=9_000, now=series.end, window=WEEK, level=level) == said.chance


def test_no_chance_is_told_on_less_than_three_days() -> None:
    """Nor of what lies ahead of now."""
    series = past(9, lambda _: 100)
    assert chance(series, used=0, now=MONDAY + 2.9 * DAY, window=WEEK, level=9) is None

"""What holds for any past, any window and any level."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from budget_alert.config.periods import Window
from budget_alert.outlook.ending import rest_of
from budget_alert.outlook.foreseen import Forecast
from budget_alert.outlook.past import Past
from tests.support.pasts import HOUR, MONDAY

QUARTER = timedelta(minutes=15)
LARGEST = 10**15

spent = st.one_of(st.just(0), st.integers(0, 50), st.integers(0, 10**6))
any_points = st.one_of(spent, st.integers(-(10**4), 10**4), st.integers(-LARGEST, LARGEST))
levels = st.integers(1, 10**8)
minutes = st.integers(0, 59)


def pasts(points: st.SearchStrategy[int], most: int = 40) -> st.SearchStrategy[Past]:
    """Give pasts of three days or more, from days drawn once and repeated."""
    days = st.lists(st.lists(points, min_size=24, max_size=24), min_size=1, max_size=3)
    return st.tuples(days, st.integers(3, most), st.integers(0, 23)).map(
        lambda made: Past(
            MONDAY,
            tuple(
                float(made[0][number // 24 % len(made[0])][number % 24])
                for number in range(made[1] * 24 + made[2])
            ),
        )
    )


@st.composite
def windows(draw: st.DrawFn, past: Past) -> tuple[datetime, Window]:
    """Give an instant in the hour after a past, and a window of up to 31 days that holds it."""
    now = past.end + draw(minutes) * timedelta(minutes=1)
    before, after = draw(st.integers(1, 31 * 96 // 2)), draw(st.integers(1, 31 * 96 // 2))
    edge = past.end + (now - past.end) // QUARTER * QUARTER
    return now, Window(edge - before * QUARTER, edge + after * QUARTER)


situations = pasts(spent).flatmap(lambda past: st.tuples(st.just(past), windows(past)))
odd_situations = pasts(any_points).flatmap(lambda past: st.tuples(st.just(past), windows(past)))


def forecast_of(situation: tuple[Past, tuple[datetime, Window]], used: int, level: int) -> Forecast:
    """Forecast what must have a forecast."""
    past, (now, window) = situation
    rest = rest_of(past, now, window.end)
    assert rest is not None
    return rest.forecast(used, level)


@given(odd_situations, st.integers(-LARGEST, LARGEST), st.integers(1, LARGEST))
def test_every_forecast_is_in_order(
    situation: tuple[Past, tuple[datetime, Window]], used: int, level: int
) -> None:
    """Whatever the past, chances are chances, bounds are in order and times are ahead, within the window."""
    found = forecast_of(situation, used, level)
    _, (now, window) = situation
    assert 0 <= found.chance <= 1
    assert used <= found.low <= found.expected <= found.high
    assert (found.chance == 1) or used < level
    if found.earliest or found.latest:
        assert found.earliest is not None
        assert found.latest is not None
        assert now <= found.earliest <= found.latest <= window.end
        assert found.latest == window.end or (found.latest - MONDAY) % HOUR == timedelta()
    dated = found.chance >= 0.1 and used < level
    assert (found.earliest is not None) == dated


@given(situations, st.integers(0, 10**7), st.integers(0, 10**7), levels, levels)
def test_less_to_go_is_likelier(
    situation: tuple[Past, tuple[datetime, Window]], used: int, more: int, level: int, higher: int
) -> None:
    """The chance does not rise with the level, nor fall with what is used."""
    likely = forecast_of(situation, used, level).chance
    assert forecast_of(situation, used, level + higher).chance <= likely
    assert forecast_of(situation, used + more, level).chance >= likely


@given(situations, st.integers(0, 10**6), levels, st.integers(2, 10**6))
def test_the_unit_does_not_matter(
    situation: tuple[Past, tuple[datetime, Window]], used: int, level: int, factor: int
) -> None:
    """With all points many times as many, the chance is the same and the bounds are as many times as far."""
    past, rest = situation
    larger = Past(past.start, tuple(points * factor for points in past.points))
    one, many = (
        forecast_of(situation, used, level),
        forecast_of((larger, rest), used * factor, level * factor),
    )
    assert many.chance == pytest.approx(one.chance, abs=1e-6)
    for name in ("expected", "low", "high"):
        assert getattr(many, name) == pytest.approx(getattr(one, name) * factor, rel=1e-4, abs=factor)
    assert many.earliest == one.earliest or abs(one.chance - 0.1) < 1e-6


@given(situations, st.integers(0, 10**6), levels)
def test_even_chance_is_at_the_median(
    situation: tuple[Past, tuple[datetime, Window]], used: int, level: int
) -> None:
    """A level below what is expected is more likely than not, one above it is less likely."""
    found = forecast_of(situation, used, level)
    margin = 2 + found.expected * 1e-4
    if used < level < found.expected - margin:
        assert found.chance >= 0.5
    if level > found.expected + margin:
        assert found.chance <= 0.5


@given(situations, st.integers(0, 10**6), levels)
def test_forecasts_are_the_same_each_time(
    situation: tuple[Past, tuple[datetime, Window]], used: int, level: int
) -> None:
    """Nothing is left to chance, nor to what was asked before."""
    first = forecast_of(situation, used, level)
    rest_of.cache_clear()
    assert forecast_of(situation, used, level) == first


@given(pasts(spent, most=12), levels)
def test_alone_the_day_decides(past: Past, level: int) -> None:
    """In a past of equal days the rest of a window of one day is that day again, give or take its error."""
    even = Past(past.start, past.points[:24] * 30)
    found = forecast_of((even, (even.end, Window(even.start, even.end + 24 * HOUR))), 0, level)
    assert found.expected == pytest.approx(sum(past.points[:24]), rel=0.02, abs=1)

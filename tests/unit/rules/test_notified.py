"""The memory of what was told: what it holds, when it is re-armed, and what it forgets."""

from datetime import datetime, timedelta
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from budget_alert.instants import SLOT
from budget_alert.rules.notified import Crossing, Notified
from budget_alert.usage.state import State
from tests.support.ledgers import NOW, START, instants, shares, states, tolds

MIDNIGHT = START
points = st.integers(0, 1000)
ends = st.integers(0, 40).map(lambda number: START + number * SLOT)
levels = st.lists(st.tuples(points, shares), min_size=1, max_size=5)
fresh_marks = st.builds(Crossing, points=points, share=shares, notified_at=instants, window_end=ends)
fresh_tolds = st.lists(fresh_marks, min_size=1, max_size=5).map(lambda found: Notified(tuple(found)))
sums = st.lists(points, max_size=30)


def crossing(reached: int, share: Fraction | str = "1", window_end: datetime = MIDNIGHT) -> Crossing:
    """Make a mark for a threshold told in a window."""
    return Crossing(points=reached, share=Fraction(share), notified_at=NOW, window_end=window_end)


@given(told=tolds, level=st.tuples(points, shares), end=ends)
def test_a_threshold_is_new_if_it_exceeds_all_told_points_or_shares(
    told: Notified, level: tuple[int, Fraction], end: datetime
) -> None:
    """The rule of the design, word by word, over the marks that are in force for the window."""
    valid = [one for one in told.crossings if one.rearmed_at is None or end <= one.rearmed_at]
    exceeds_points = all(level[0] > one.points for one in valid)
    exceeds_shares = all(level[1] > one.share for one in valid)
    assert told.holds(*level, end) == (not (exceeds_points or exceeds_shares))


@given(told=tolds, crossed=levels, end=ends)
def test_what_was_marked_is_held(told: Notified, crossed: list[tuple[int, Fraction]], end: datetime) -> None:
    """Once its mark is added a threshold is not told again, nor is any that lies below it."""
    told = told.with_crossings(crossing(*level, window_end=end) for level in crossed)
    for reached, share in crossed:
        assert told.holds(reached, share, end)
        assert told.holds(reached // 2, share / 2, end)


@given(told=tolds, more=fresh_tolds, level=st.tuples(points, shares), end=ends)
def test_telling_more_never_forgets(
    told: Notified, more: Notified, level: tuple[int, Fraction], end: datetime
) -> None:
    """A mark that is added makes no told threshold new."""
    assert told.with_crossings(more.crossings).holds(*level, end) or not told.holds(*level, end)


@given(told=fresh_tolds, reached=points, end=ends)
def test_only_what_lies_above_the_usage_of_a_later_window_is_re_armed(
    told: Notified, reached: int, end: datetime
) -> None:
    """A mark stays active while the sum is at it or above, and for its own and earlier windows."""
    after = told.rearmed(reached, end)
    assert len(after.crossings) == len(told.crossings)
    for before, now in zip(told.crossings, after.crossings, strict=True):
        falls = reached < before.points and end > before.window_end
        assert now == (msgspec.structs.replace(before, rearmed_at=end) if falls else before)


@given(told=tolds, reached=points, first=ends, second=ends)
def test_a_mark_is_re_armed_once(told: Notified, reached: int, first: datetime, second: datetime) -> None:
    """The instant of its re-arming does not move when the sum stays low."""
    once = told.rearmed(reached, first)
    again = once.rearmed(reached, second)
    assert all(
        now.rearmed_at == before.rearmed_at
        for before, now in zip(once.crossings, again.crossings, strict=True)
        if before.rearmed_at is not None
    )


@given(history=sums, threshold=st.integers(1, 1000))
def test_a_rolling_threshold_is_told_at_each_rise(history: list[int], threshold: int) -> None:
    """Judged at every quarter hour, it is told exactly where the sum comes from below, and at no other."""
    told, tells = Notified(), []
    for number, reached in enumerate(history):
        end = MIDNIGHT + number * SLOT
        told = told.rearmed(reached, end)
        if reached >= threshold and not told.holds(threshold, Fraction(1), end):
            tells.append(number)
            told = told.with_crossings([crossing(threshold, window_end=end)])
    rises = [
        n
        for n, reached in enumerate(history)
        if reached >= threshold and (n == 0 or history[n - 1] < threshold)
    ]
    assert tells == rises


@given(told=tolds)
def test_telling_again_moves_only_what_is_active(told: Notified) -> None:
    """A repetition takes the time of all marks in force, and leaves those that are re-armed."""
    later = NOW + timedelta(days=900)
    again = told.notified_again(later)
    assert {one.notified_at for one in again.active()} <= {later}
    assert [one for one in again.crossings if one.rearmed_at] == [
        one for one in told.crossings if one.rearmed_at
    ]
    assert [(one.points, one.share, one.window_end) for one in again.crossings] == [
        (one.points, one.share, one.window_end) for one in told.crossings
    ]


@given(told=tolds, oldest=instants, level=st.tuples(points, shares), later=st.timedeltas(timedelta(0)))
def test_forgetting_what_was_re_armed_long_ago_changes_no_later_window(
    told: Notified, oldest: datetime, level: tuple[int, Fraction], later: timedelta
) -> None:
    """For every window that ends after the instant, the shorter memory holds the same."""
    end = oldest + min(later, timedelta(days=300)) + timedelta(microseconds=1)
    kept = told.since(oldest)
    assert kept.holds(*level, end) == told.holds(*level, end)
    assert kept.active() == told.active()
    assert all(one.rearmed_at is None or one.rearmed_at >= oldest for one in kept.crossings)


@given(state=states, since=instants)
def test_the_mark_of_what_is_unjudged_only_moves_back(state: State, since: datetime) -> None:
    """It is the oldest instant that was ever given, and nothing else changes."""
    moved = state.unevaluated(since)
    assert moved.unevaluated_from == min(since, state.unevaluated_from or since)
    assert msgspec.structs.replace(moved, unevaluated_from=state.unevaluated_from) == state

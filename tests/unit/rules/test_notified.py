"""The memory of what was sent: what it holds, when it is re-armed, and what it forgets."""

from datetime import datetime, timedelta

import msgspec
from hypothesis import given, strategies as st

from budget_alert.config.schema import Threshold
from budget_alert.instants import SLOT
from budget_alert.rules.decision import held_by
from budget_alert.rules.notified import Crossing, Notified
from tests.support.ledgers import NOW, START, any_notified, instants, shares

points = st.integers(0, 1000)
ends = st.integers(0, 40).map(lambda number: START + number * SLOT)
thresholds = st.builds(Threshold, points, shares, st.just(""))
fresh_marks = st.builds(Crossing, points=points, share=shares, notified_at=instants, window_end=ends)
fresh = st.lists(fresh_marks, min_size=1, max_size=5).map(lambda found: Notified(tuple(found)))


@given(known=any_notified, level=thresholds, end=ends)
def test_a_threshold_is_new_if_it_exceeds_all_sent_points_or_shares(
    known: Notified, level: Threshold, end: datetime
) -> None:
    """The rule of the design, word by word, over the marks that are in force for the window."""
    valid = [one for one in known.crossings if one.rearmed_at is None or end <= one.rearmed_at]
    exceeds_points = all(level.points > one.points for one in valid)
    exceeds_shares = all(level.share > one.share for one in valid)
    assert bool(held_by(known, level, end)) == (not (exceeds_points or exceeds_shares))


@given(known=any_notified, crossed=st.lists(thresholds, min_size=1, max_size=5), end=ends)
def test_what_was_marked_is_held(known: Notified, crossed: list[Threshold], end: datetime) -> None:
    """Once its mark is added a threshold is not sent again, nor is any that lies below it."""
    before = known
    known = known.with_crossings(
        Crossing(points=one.points, share=one.share, notified_at=NOW, window_end=end) for one in crossed
    )
    for one in crossed:
        assert held_by(known, one, end)
        assert held_by(known, Threshold(one.points // 2, one.share / 2, ""), end)
    sent = [Threshold(one.points, one.share, "") for one in before.crossings]
    assert all(held_by(known, one, end) for one in sent if held_by(before, one, end))


@given(known=fresh, reached=points, end=ends)
def test_only_what_lies_above_the_usage_of_a_later_window_is_re_armed(
    known: Notified, reached: int, end: datetime
) -> None:
    """A mark stays active while the sum is at it or above, and for its own and earlier windows."""
    after = known.rearmed(reached, end)
    assert len(after.crossings) == len(known.crossings)
    for before, now in zip(known.crossings, after.crossings, strict=True):
        falls = reached < before.points and end > before.window_end
        assert now == (msgspec.structs.replace(before, rearmed_at=end) if falls else before)


@given(known=any_notified)
def test_sending_again_moves_only_what_is_active(known: Notified) -> None:
    """A repetition takes the time of all marks in force, and leaves those that are re-armed."""
    later = NOW + timedelta(days=900)
    again = known.notified_again(later)
    assert {one.notified_at for one in again.active()} <= {later}
    assert [one for one in again.crossings if one.rearmed_at] == [
        one for one in known.crossings if one.rearmed_at
    ]
    assert [(one.points, one.share, one.window_end) for one in again.crossings] == [
        (one.points, one.share, one.window_end) for one in known.crossings
    ]


@given(known=any_notified, oldest=instants, level=thresholds, later=st.timedeltas(timedelta(0)))
def test_forgetting_what_was_re_armed_long_ago_changes_no_later_window(
    known: Notified, oldest: datetime, level: Threshold, later: timedelta
) -> None:
    """For every window that ends after the instant, the shorter memory holds the same."""
    end = oldest + min(later, timedelta(days=300)) + timedelta(microseconds=1)
    kept = known.since(oldest)
    assert bool(held_by(kept, level, end)) == bool(held_by(known, level, end))
    assert kept.active() == known.active()
    assert all(one.rearmed_at is None or one.rearmed_at >= oldest for one in kept.crossings)

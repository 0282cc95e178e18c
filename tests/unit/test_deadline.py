import pytest
from hypothesis import given, strategies as st

from budget_alert.deadline import MOST_RESERVED_SECONDS, Deadline
from tests.support.poe_client import Time


def test_what_is_kept_does_not_shrink_with_the_time() -> None:
    """The share is taken once, at the beginning: it is not a third of what is left each time."""
    time = Time(60.0)
    deadline = Deadline(time.remaining)
    time.sleep(39.0)
    assert (deadline.spare(), deadline.may_read()) == (1.0, True)
    time.sleep(1.0)
    assert (deadline.spare(), deadline.may_read()) == (0.0, False)
    time.sleep(5.0)
    assert (deadline.left(), deadline.spare(), deadline.may_read()) == (15.0, -5.0, False)


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_while_a_page_may_be_begun_there_is_time_for_what_comes_after(left: float, passed: float) -> None:
    """The scan never has the last word over the time."""
    time = Time(left)
    deadline = Deadline(time.remaining)
    time.sleep(passed)
    assert deadline.left() - deadline.spare() == pytest.approx(min(MOST_RESERVED_SECONDS, left / 3))
    assert not deadline.may_read() or deadline.left() > min(MOST_RESERVED_SECONDS, left / 3)

import pytest
from hypothesis import given, strategies as st

from budget_alert.deadline import MOST_RESERVED_SECONDS, Deadline
from tests.support.poe_client import Time


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_while_a_page_may_be_begun_there_is_time_for_what_comes_after(left: float, passed: float) -> None:
    """The scan never has the last word over the time."""
    time = Time(left)
    deadline = Deadline(time.remaining)
    time.sleep(passed)
    assert deadline.left() - deadline.spare() == pytest.approx(min(MOST_RESERVED_SECONDS, left / 3))
    assert not deadline.may_read() or deadline.left() > min(MOST_RESERVED_SECONDS, left / 3)

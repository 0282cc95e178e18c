import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.costs.lambdas import Invocation, Timed, share
from lab.costs.use import Work

TIMED = Timed(start_ms=400, first_ms=200, later_ms=50, peak_mb=60)
WORK = Work(aws_calls=10, poe_calls=1)
"""Waits 10 times 10 ms for AWS and once 500 ms for Poe."""


@pytest.mark.parametrize(("memory_mb", "expected"), [(1769, 1.0), (3538, 1.0), (884.5, 0.5), (176.9, 0.1)])
def test_a_vcpu_is_shared_by_memory(memory_mb: int, expected: float) -> None:
    """A function with 1,769 MB has a vCPU, one with half of it half of one; a thread never has more."""
    assert share(memory_mb) == pytest.approx(expected)


def test_a_cold_tick_with_a_whole_vcpu() -> None:
    """It is billed for 400 ms of start, 200 ms of the first tick and 600 ms of waiting."""
    assert Invocation(timed=TIMED, work=WORK).billed_ms(1769) == 1200


def test_less_memory_slows_the_tick_and_not_the_start() -> None:
    """With a quarter of a vCPU the 200 ms take 800 ms; start and waiting take as long as ever."""
    # A quarter of 1,769 MB is no whole number of megabytes.
    assert Invocation(timed=TIMED, work=WORK).billed_ms(442) == pytest.approx(400 + 800 + 600, abs=2)


def test_a_warm_tick_has_neither_start_nor_first_connections() -> None:
    """It is billed for its 50 ms and 600 ms of waiting."""
    assert Invocation(timed=TIMED, work=WORK, cold=False).billed_ms(1769) == 650


def test_of_several_ticks_the_first_alone_is_the_first() -> None:
    """Ten ticks one after the other compute for 200 ms and nine times 50 ms, and wait ten times."""
    ten = Invocation(timed=TIMED, work=WORK * 10, ticks=10)
    assert ten.billed_ms(1769) == 400 + 200 + 9 * 50 + 6000


def test_gb_seconds_are_memory_times_time() -> None:
    """1,200 ms with 1,769 MB are 1.2 times 1769/1024 GB-seconds."""
    assert Invocation(timed=TIMED, work=WORK).gb_seconds(1769) == pytest.approx(1.2 * 1769 / 1024)


def test_a_tick_needs_room_to_spare() -> None:
    """60 MB, the 40 MB of the runtime and 20 MB of others are 120 MB, and half as much again is 180 MB."""
    assert TIMED.needs_mb() == 150
    assert TIMED.needs_mb(20) == 180


@given(memory_mb=st.integers(128, 10_000), more=st.integers(1, 1000), cold=st.booleans())
def test_more_memory_is_never_slower_nor_cheaper(memory_mb: int, more: int, *, cold: bool) -> None:
    """That is why the smallest size that fits costs least: computing costs the same with each."""
    one = Invocation(timed=TIMED, work=WORK, cold=cold)
    assert one.billed_ms(memory_mb + more) <= one.billed_ms(memory_mb)
    # A millisecond is billed whole.
    rounding = (memory_mb + more) / 1024 / 1000
    assert one.gb_seconds(memory_mb + more) >= one.gb_seconds(memory_mb) - rounding

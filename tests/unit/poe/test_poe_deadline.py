"""No answer, and no pause, takes the client past the end of the function."""

import gzip
import socket
from collections.abc import Callable
from contextlib import ExitStack
from itertools import chain, repeat
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budget_alert.deadline import Deadline
from budget_alert.errors import PoeUnavailableError, ScanError
from budget_alert.http import Http
from budget_alert.poe.client import Poe
from standins import poe_faults
from standins.loopback import Asked
from standins.poe_faults import Fault
from tests.support.poe_client import Keys, Recording, Time, reader, simulated
from tests.support.raw_http import Pieces, raw_server

WITHOUT_END: dict[str, Pieces] = {
    "silence": lambda _: repeat(b""),
    "headers": lambda _: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "gzip of nothing": lambda _: chain(
        [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"")[:10]],
        repeat(b"\x00\x00\x00\xff\xff" * 1000),
    ),
}


def seconds_until_given_up(url: str, seconds: float, problem: str = "ReadTimeoutError") -> float:
    """Ask for a page that never comes whole, with so much real time; give how much of it was taken."""
    started = monotonic()

    def remaining() -> float:
        return started + seconds - monotonic()

    with Http() as http, pytest.raises(PoeUnavailableError, match=problem):
        Poe(http, url, Keys(), Deadline(remaining), lambda _: None).page(None)
    return monotonic() - started


def test_a_slow_drip_is_given_up_in_time() -> None:
    """An answer that would drip for a minute is left when the scan's share of the time is over."""
    poe = simulated(100)
    poe.faults.always(poe_faults.slow_drip(0.05, pieces=1200))
    with poe.serve() as url:
        assert seconds_until_given_up(url, 1.5) < 1.5


@pytest.mark.parametrize("answer", WITHOUT_END.values(), ids=WITHOUT_END)
def test_a_poe_that_never_answers_is_given_up_in_time(answer: Pieces) -> None:
    """Neither silence nor headers without end nor gzip that decodes to nothing hold the client."""
    with raw_server(answer, pause=0.02) as server:
        assert seconds_until_given_up(server.url, 1.5) < 1.5


def test_a_connection_that_is_never_made_is_given_up_in_time() -> None:
    """Where nobody takes the connection, the client does not wait for it past the end."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            # These fill the queue of those that wait to be taken.
            queued = waiting.enter_context(socket.socket())
            queued.settimeout(0)
            queued.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert seconds_until_given_up(url, 1.5, "ConnectTimeoutError") < 1.5


@pytest.mark.parametrize(
    ("then", "seconds"), [(300.0, 15.0), (30.0, 10.0), (24.0, 5.0), (8.0, 4.0), (1.0, 0.5)]
)
def test_a_request_is_bounded_by_the_time_left(then: float, seconds: float) -> None:
    """A request may take the scan's spare time, or, begun last, a little of what is kept for after it."""
    time = Time(300.0)
    with simulated(3).serve() as url, Recording() as http:
        deadline = Deadline(time.remaining)
        time.left = then
        Poe(http, url, Keys(), deadline, time.sleep).page(None)
    assert http.seconds == [seconds]


def test_with_no_time_left_nothing_is_asked() -> None:
    """A client that is asked for a page after the end says so, without a request."""
    time, poe = Time(60.0), simulated(3)
    with poe.serve() as url, reader(url, time=time) as client:
        time.left = 0.0
        with pytest.raises(PoeUnavailableError, match="no time"):
            client.page(None)
    assert poe.requests == []


def taking(time: Time, seconds: float, fault: Fault | None) -> Callable[[Asked], Fault | None]:
    """Let every answer take so many seconds."""

    def step(_: Asked) -> Fault | None:
        time.left -= seconds
        return fault

    return step


@settings(max_examples=60)
@given(
    left=st.floats(1, 900),
    taken=st.floats(0, 15),
    code=st.sampled_from([429, 500, 529]),
    wish=st.none() | st.integers(0, 30),
)
def test_the_spare_time_is_never_slept_away(left: float, taken: float, code: int, wish: int | None) -> None:
    """Whatever fails, and however long each answer takes, no pause reaches into the time kept for telling."""
    time, poe = Time(left), simulated(3)
    headers = {} if wish is None else {"Retry-After": str(wish)}
    poe.faults.rule(taking(time, taken, poe_faults.status(code, headers=headers)))
    spare = []

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        spare.append(deadline.spare())

    deadline = Deadline(time.remaining)
    with poe.serve() as url, Http() as http, pytest.raises(ScanError):
        Poe(http, url, Keys(), deadline, sleep).page(None)
    assert all(left_over >= 0 for left_over in spare)
    assert all(pause <= 20 for pause in time.slept)
    assert len(poe.requests) <= 4

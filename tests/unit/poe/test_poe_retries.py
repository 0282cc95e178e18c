"""Which failures are tried again, how often, and after what pause."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from budget_alert.errors import PoeUnavailableError, RateLimitedError, ScanError
from standins import poe_faults
from standins.poe_faults import Fault
from standins.simulated_poe import SimulatedPoe
from tests.support.poe_client import Time, reader, simulated
from tests.support.raw_http import raw_server

PASSING = [poe_faults.status(code) for code in (429, 408, 425, 302, 307, 500, 502, 503, 504, 529)]
BROKEN = [poe_faults.reset(), poe_faults.cut_off(), poe_faults.html(502)]


def failing(poe: SimulatedPoe, error: type[ScanError], left: float = 300.0) -> Time:
    """Ask for a page that fails with this error; give the time with what was slept."""
    time = Time(left)
    with poe.serve() as url, reader(url, time=time) as client, pytest.raises(error):
        client.page(None)
    return time


def rate_limited(retry_after: str | None) -> Fault:
    """Answer 429 with this header."""
    return poe_faults.status(429, headers={} if retry_after is None else {"Retry-After": retry_after})


@pytest.mark.parametrize("fault", PASSING + BROKEN)
def test_a_passing_failure_is_tried_again(fault: Fault) -> None:
    """What may be over in a moment is asked for again after a short pause, and the page is read."""
    poe, time = simulated(3), Time()
    poe.faults.queue(fault, fault)
    with poe.serve() as url, reader(url, time=time) as client:
        assert len(client.page(None).entries) == 3
    assert len(poe.requests) == 3
    first, second = time.slept
    assert 0.25 <= first <= 0.5 <= second <= 1.0


@pytest.mark.parametrize("fault", PASSING + BROKEN)
def test_retries_are_few(fault: Fault) -> None:
    """A failure that lasts ends in its error after four tries, not in a storm."""
    poe = simulated(3)
    poe.faults.always(fault)
    time = failing(poe, RateLimitedError if fault is PASSING[0] else PoeUnavailableError)
    assert len(poe.requests) == 4
    assert len(time.slept) == 3


def test_a_retry_asks_for_the_same_page() -> None:
    """A page is neither skipped nor read from elsewhere because of a failure."""
    poe = simulated(150)
    poe.faults.queue(poe_faults.status(500))
    with poe.serve() as url, reader(url) as client:
        assert client.page("99").entries[0].query_id == "100"
    assert [asked.after for asked in poe.requests] == ["99", "99"]


def test_pauses_differ_from_time_to_time() -> None:
    """Two clients that failed together do not come back together."""
    poe = simulated(3)
    poe.faults.always(poe_faults.status(500))
    slept = [failing(poe, PoeUnavailableError).slept[0] for _ in range(5)]
    assert len(set(slept)) > 1


@pytest.mark.parametrize("code", [429, 503, 529])
@pytest.mark.parametrize("asked", [0, 2, 15])
def test_retry_after_in_seconds_is_kept(code: int, asked: int) -> None:
    """The pause is never shorter than what Poe asked for, and little longer."""
    poe, time = simulated(3), Time()
    poe.faults.queue(poe_faults.status(code, headers={"Retry-After": str(asked)}))
    with poe.serve() as url, reader(url, time=time) as client:
        client.page(None)
    (pause,) = time.slept
    assert asked + 0.25 <= pause <= asked + 0.5


def test_retry_after_as_a_date_is_kept() -> None:
    """A date means the seconds until then; it has no fractions, so up to one second may be missing."""
    poe, time = simulated(3), Time()
    then = datetime.now(UTC) + timedelta(seconds=8)
    poe.faults.queue(rate_limited(format_datetime(then, usegmt=True)))
    with poe.serve() as url, reader(url, time=time) as client:
        client.page(None)
    (pause,) = time.slept
    assert 5 < pause <= 8.5


@pytest.mark.parametrize(
    "header",
    [None, "", "soon", "-5", "1.5", "1, 2", "99999 Nov", "9" * 5000, "1 Jan 99999 00:00:00 GMT", "²", "nan"],
)
def test_a_missing_or_unreadable_retry_after_is_a_short_pause(header: str | None) -> None:
    """Without a usable wish of Poe's, the client's own pause is taken."""
    poe, time = simulated(3), Time()
    poe.faults.queue(rate_limited(header))
    with poe.serve() as url, reader(url, time=time) as client:
        client.page(None)
    (pause,) = time.slept
    assert 0.25 <= pause <= 0.5


@pytest.mark.parametrize("header", ["0", "Sun, 22 Nov 1998 12:00:00 GMT"])
def test_a_retry_after_that_is_over_is_a_short_pause(header: str) -> None:
    """A wish for the past is no reason to ask again in the same moment."""
    poe, time = simulated(3), Time()
    poe.faults.queue(rate_limited(header))
    with poe.serve() as url, reader(url, time=time) as client:
        client.page(None)
    assert 0.25 <= time.slept[0] <= 0.5


@pytest.mark.parametrize("header", ["21", "3600", "9" * 400, "Sun, 22 Nov 2099 12:00:00 GMT"])
def test_a_long_retry_after_is_left_to_the_next_tick(header: str) -> None:
    """A pause longer than the cap is not slept through, and not cut short either: it is no more asked."""
    poe = simulated(3)
    poe.faults.always(rate_limited(header))
    assert failing(poe, RateLimitedError).slept == []
    assert len(poe.requests) == 1


def test_a_pause_longer_than_the_spare_time_is_not_begun() -> None:
    """Of 24 seconds left the scan may use 16: a pause of 17 seconds is left to the next tick."""
    poe = simulated(3)
    poe.faults.always(rate_limited("17"))
    assert failing(poe, RateLimitedError, left=24.0).slept == []


def test_a_connection_refused_is_tried_again_and_then_an_error() -> None:
    """With nobody at the address, Poe counts as not available."""
    with raw_server(lambda _: []) as server:
        url = server.url
    time = Time()
    with reader(url, time=time) as client, pytest.raises(PoeUnavailableError) as caught:
        client.page(None)
    assert "NewConnectionError" in str(caught.value)
    assert len(time.slept) == 3


def test_a_connection_that_poe_closed_between_pages_is_made_anew() -> None:
    """A kept-alive connection that is gone costs a retry at most, never the page."""
    body = b'{"has_more": false}'
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    with raw_server(lambda _: [head + body]) as server, reader(server.url) as client:
        assert [client.page(None).is_last for _ in range(3)] == [True] * 3
    assert len(server.asked) == 3


@pytest.mark.parametrize("code", [501, 505, 520, 524, 599])
def test_another_failure_of_the_server_is_not_tried_again(code: int) -> None:
    """Other 5xx say that Poe is not available, at once."""
    poe = simulated(3)
    poe.faults.always(poe_faults.status(code))
    assert failing(poe, PoeUnavailableError).slept == []
    assert len(poe.requests) == 1

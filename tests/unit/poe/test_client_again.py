"""When the client of Poe asks again: after a pause, within the time that is left, and with another key."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic

import pytest
from hypothesis import given, settings, strategies as st

from budget_alert.deadline import Deadline
from budget_alert.errors import KeyRefusedError, PoeUnavailableError, RateLimitedError, ScanError, SecretError
from budget_alert.http import Http
from budget_alert.poe.client import Poe
from standins import poe_faults
from standins.loopback import Asked
from standins.poe_faults import Fault
from tests.support.poe_client import KEY, Keys, Question, Recording, Time, reader, simulated, words_of
from tests.support.raw_http import raw_server

NEW = "another-key-that-nobody-may-see"
LAST = {"has_more": False, "data": [], "current_point_balance": 7}
PASSING = [
    *(poe_faults.status(code) for code in (429, 408, 425, 302, 307, 500, 502, 503, 504, 529)),
    poe_faults.reset(),
    poe_faults.cut_off(),
    poe_faults.html(502),
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_failure_is_tried_again(question: Question, fault: Fault) -> None:
    """What may be over in a moment is asked for again after a short pause, and read."""
    question.faults.queue(fault, fault)
    question.ask()
    assert len(question.requests) == 3
    first, second = question.time.slept
    assert 0.25 <= first <= 0.5 <= second <= 1.0


def test_a_retry_asks_for_the_same_page() -> None:
    """A page is neither skipped nor read from elsewhere because of a failure."""
    poe = simulated(150)
    poe.faults.queue(poe_faults.status(500))
    with poe.serve() as url, reader(url) as client:
        assert client.page("99").entries[0].query_id == "100"
    assert [asked.after for asked in poe.requests] == ["99", "99"]


def pause(retry_after: str | None, code: int = 429) -> float:
    """Ask for a page that fails once with this header; give what was waited before the next try."""
    question = Question("page")
    question.faults.queue(
        poe_faults.status(code, headers={} if retry_after is None else {"Retry-After": retry_after})
    )
    question.ask()
    (slept,) = question.time.slept
    return slept


def test_pauses_differ_from_time_to_time() -> None:
    """Two clients that failed together do not come back together."""
    assert len({pause(None) for _ in range(5)}) > 1


UNUSABLE = [
    *(None, "", "soon", "-5", "1.5", "1, 2", "99999 Nov", "9" * 5000, "²", "nan"),
    *("1 Jan 99999 00:00:00 GMT", "Sun, 22 Nov 1998 12:00:00 GMT"),
]


@pytest.mark.parametrize(
    ("header", "code", "asked"),
    [
        *((str(asked), code, asked) for code in (429, 503, 529) for asked in (0, 2, 15)),
        *((header, 429, 0) for header in UNUSABLE),
    ],
)
def test_retry_after_in_seconds_is_kept(header: str | None, code: int, asked: int) -> None:
    """The pause is never shorter than what Poe asked for, and little longer.

    Without a wish that can be read and is still to come, it is the client's own.
    """
    assert asked + 0.25 <= pause(header, code) <= asked + 0.5


def test_retry_after_as_a_date_is_kept() -> None:
    """A date means the seconds until then; it has no fractions, so up to one second may be missing."""
    assert 5 < pause(format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)) <= 8.5


@pytest.mark.parametrize(
    ("header", "left"),
    [("21", 300.0), ("9" * 400, 300.0), ("Sun, 22 Nov 2099 12:00:00 GMT", 300.0), ("17", 24.0)],
)
def test_a_long_retry_after_is_left_to_the_next_tick(header: str, left: float) -> None:
    """A pause longer than 20 seconds, or than the spare time, is neither slept through nor cut short."""
    question = Question("page")
    question.time.left = left
    question.fails(poe_faults.status(429, headers={"Retry-After": header}), RateLimitedError)
    assert (question.time.slept, len(question.requests)) == ([], 1)


def test_a_connection_refused_is_tried_again_and_then_an_error() -> None:
    """With nobody at the address, Poe counts as not available."""
    with raw_server(lambda _: []) as server:
        url = server.url
    time = Time()
    with reader(url, time=time) as client, pytest.raises(PoeUnavailableError, match="NewConnectionError"):
        client.page(None)
    assert len(time.slept) == 3


def test_a_connection_that_poe_closed_between_pages_is_made_anew() -> None:
    """A kept-alive connection that is gone costs a retry at most, never the page."""
    answer = json.dumps(LAST).encode()
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(answer)
    with raw_server(lambda _: [head + answer]) as server, reader(server.url) as client:
        assert [client.page(None).is_last for _ in range(3)] == [True] * 3
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("left", "seconds"), [(300.0, 15.0), (30.0, 10.0), (24.0, 5.0), (8.0, 4.0), (1.0, 0.5)]
)
def test_a_request_is_bounded_by_the_time_left(question: Question, left: float, seconds: float) -> None:
    """A request may take the scan's spare time, or, begun last, a little of what is kept for after it."""
    with question.poe.serve() as url, Recording() as http:
        deadline = Deadline(question.time.remaining)
        question.time.left = left
        question.of(Poe(http, url, question.keys, deadline, question.time.sleep))
    assert http.seconds == [seconds]


def test_with_no_time_left_nothing_is_asked(question: Question) -> None:
    """A client that is asked after the end says so, without a request."""
    with question.poe.serve() as url, reader(url, time=question.time) as client:
        question.time.left = 0.0
        with pytest.raises(PoeUnavailableError, match="no time"):
            question.of(client)
    assert question.requests == []


def test_a_slow_drip_is_given_up_in_time() -> None:
    """An answer that would drip for a minute is left when the scan's share of the time is over."""
    poe, started = simulated(100), monotonic()
    poe.faults.always(poe_faults.slow_drip(0.05, pieces=1200))
    deadline = Deadline(lambda: started + 1.5 - monotonic())
    with poe.serve() as url, Http() as http, pytest.raises(PoeUnavailableError, match="ReadTimeoutError"):
        Poe(http, url, Keys(), deadline, lambda _: None).page(None)
    assert monotonic() - started < 1.5


@settings(max_examples=60)
@given(
    left=st.floats(1, 900),
    taken=st.floats(0, 15),
    code=st.sampled_from([429, 500, 529]),
    wish=st.none() | st.integers(0, 30),
)
def test_the_spare_time_is_never_slept_away(left: float, taken: float, code: int, wish: int | None) -> None:
    """Whatever fails, and however long each answer takes, no pause reaches into the time kept for sending."""
    time, poe = Time(left), simulated(3)
    headers = {} if wish is None else {"Retry-After": str(wish)}
    spare = []

    def answer(_: Asked) -> Fault:
        time.left -= taken
        return poe_faults.status(code, headers=headers)

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        spare.append(deadline.spare())

    poe.faults.rule(answer)
    deadline = Deadline(time.remaining)
    with poe.serve() as url, Http() as http, pytest.raises(ScanError):
        Poe(http, url, Keys(), deadline, sleep).page(None)
    assert all(left_over >= 0 for left_over in spare)
    assert all(pause <= 20 for pause in time.slept)
    assert len(poe.requests) <= 4


@pytest.mark.parametrize("code", [None, 401, 403])
def test_a_rotated_key_is_read_past_the_cache_and_used(question: Question, code: int | None) -> None:
    """A refused key is looked up once more; the new one serves this question and those to come."""
    question.keys, question.poe.keys = Keys([KEY, NEW]), {NEW}
    if code:
        question.faults.queue(poe_faults.status(code))
    with question.poe.serve() as url, reader(url, question.keys) as client:
        for _ in range(3):
            question.of(client)
    assert question.keys.readings == ["cached", "fresh"]
    assert [asked.authorized for asked in question.requests] == [False, True, True, True]


def test_a_key_rotated_in_the_middle_of_a_scan_has_retries_of_its_own() -> None:
    """It does not matter which page is the first to be refused, nor what fails after it."""
    question = Question("page")
    question.keys = Keys([KEY, NEW])
    with question.poe.serve() as url, reader(url, question.keys, question.time) as client:
        client.page(None)
        question.poe.keys = {NEW}
        question.faults.queue(None, poe_faults.status(500))
        assert len(client.page(None).entries) == 3
    assert question.keys.readings == ["cached", "fresh"]
    assert len(question.time.slept) == 1


@pytest.mark.parametrize(("texts", "asked"), [([KEY], 1), ([KEY, None], 1), ([KEY, NEW, "a-third"], 2)])
def test_a_key_that_stays_refused_is_an_error(texts: list[str | None], asked: int) -> None:
    """The secret is read once more, not for ever; that it is broken meanwhile does not hide the refusal."""
    question = Question("page")
    question.keys, question.poe.keys = Keys(texts), {"a-third"}
    with pytest.raises(KeyRefusedError) as caught:
        question.ask()
    assert "could not be read" not in words_of(caught.value)
    assert (len(question.requests), question.keys.readings) == (asked, ["cached", "fresh"])


def test_without_a_key_nothing_is_asked(question: Question) -> None:
    """A secret that cannot be read is its own error, and Poe hears nothing."""
    question.keys = Keys([None])
    with pytest.raises(SecretError):
        question.ask()
    assert question.requests == []

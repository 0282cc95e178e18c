"""The API key: read anew when Poe refuses it, and told to nobody but Poe."""

import logging
from collections.abc import Callable

import pytest

from budget_alert.errors import BudgetAlertError, KeyRefusedError, PoeUnavailableError
from standins import poe_faults
from standins.loopback import Reply
from standins.poe_faults import Fault
from standins.simulated_poe import SimulatedPoe
from tests.support.poe_client import KEY, Keys, Time, reader, simulated, told
from tests.support.raw_http import raw_server

NEW = "another-key-that-nobody-may-see"
ECHO = f'{{"error": "no such key: {KEY}"}}'.encode()


def rotated(*keys: str) -> SimulatedPoe:
    """Give a simulated Poe of three rows that takes these keys."""
    poe = simulated(3)
    poe.keys = set(keys)
    return poe


@pytest.mark.parametrize("code", [401, 403])
def test_a_rotated_key_is_read_past_the_cache_and_used(code: int) -> None:
    """A refused key is looked up once more; the new one reads this page and the ones to come."""
    poe, keys = rotated(NEW), Keys([KEY, NEW])
    poe.faults.queue(poe_faults.status(code))
    with poe.serve() as url, reader(url, keys) as client:
        assert [len(client.page(None).entries) for _ in range(3)] == [3, 3, 3]
    assert keys.readings == ["cached", "fresh"]
    assert [asked.authorized for asked in poe.requests] == [False, True, True, True]


def test_a_key_rotated_in_the_middle_of_a_walk_is_read_too() -> None:
    """It does not matter which page is the first to be refused."""
    poe, keys = rotated(KEY), Keys([KEY, NEW])
    with poe.serve() as url, reader(url, keys) as client:
        client.page(None)
        poe.keys = {NEW}
        assert len(client.page(None).entries) == 3
    assert keys.readings == ["cached", "fresh"]


def test_the_same_key_is_not_tried_twice() -> None:
    """A secret that still holds the refused key ends in the error that says to make a new one."""
    poe, keys = rotated(NEW), Keys([KEY])
    with poe.serve() as url, reader(url, keys) as client, pytest.raises(KeyRefusedError):
        client.page(None)
    assert len(poe.requests) == 1
    assert keys.readings == ["cached", "fresh"]


def test_a_new_key_that_is_refused_too_is_an_error() -> None:
    """The secret is read once more, not for ever."""
    poe, keys = rotated("a-third"), Keys([KEY, NEW, "a-third"])
    with poe.serve() as url, reader(url, keys) as client, pytest.raises(KeyRefusedError):
        client.page(None)
    assert len(poe.requests) == 2
    assert keys.readings == ["cached", "fresh"]


def test_a_secret_that_breaks_meanwhile_does_not_hide_the_refused_key() -> None:
    """That Poe refused the key is told, not that a second look at the secret failed."""
    poe, keys = rotated(NEW), Keys([KEY, None])
    with poe.serve() as url, reader(url, keys) as client, pytest.raises(KeyRefusedError) as caught:
        client.page(None)
    assert "could not be read" not in told(caught.value)
    assert keys.readings == ["cached", "fresh"]


def test_a_new_key_has_retries_of_its_own() -> None:
    """A passing failure after the key was read anew is tried again like any other."""
    poe, time = rotated(NEW), Time()
    poe.faults.queue(None, poe_faults.status(500))
    with poe.serve() as url, reader(url, Keys([KEY, NEW]), time) as client:
        assert len(client.page(None).entries) == 3
    assert [asked.authorized for asked in poe.requests] == [False, True, True]
    assert len(time.slept) == 1


def echoing(code: int, **headers: str) -> Fault:
    """Answer with a status, and repeat the key in the body and in these headers."""
    return poe_faults.status(code, ECHO, {name.replace("_", "-"): value for name, value in headers.items()})


def broken_row(reply: Reply, _: Reply | None) -> Reply:
    """Put the key where no JSON is."""
    return Reply(body=reply.body[:-1] + KEY.encode())


FAULTS: list[Fault] = [
    *(echoing(code) for code in (200, 204, 400, 401, 403, 404, 418, 500, 501, 502, 503, 504, 529)),
    *(echoing(code, Location=f"http://127.0.0.1:1/?key={KEY}") for code in (301, 302, 307, 308)),
    echoing(429, Retry_After=KEY),
    echoing(429, Retry_After="9" * 5000),
    echoing(200, Content_Encoding=KEY),
    echoing(200, Content_Encoding="gzip"),
    poe_faults.html(200),
    poe_faults.html(502),
    poe_faults.truncated_json(),
    poe_faults.cut_off(),
    poe_faults.reset(),
    poe_faults.empty_page(),
    broken_row,
]


def everything_said(ask: Callable[[], object], caplog: pytest.LogCaptureFixture) -> str:
    """Fail, and give every word of the error, of what is chained to it, and of the log."""
    caplog.set_level(logging.DEBUG, "urllib3")
    with pytest.raises(BudgetAlertError) as caught:
        ask()
    error = caught.value
    return "\n".join([told(error), repr(error), repr(error.__cause__), repr(error.__context__), caplog.text])


@pytest.mark.parametrize("after", [None, "0"])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_failure_tells_the_key(fault: Fault, after: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, even with a server that repeats the key, neither error nor log holds it."""
    poe = simulated(100)
    poe.faults.always(fault)
    with poe.serve() as url, reader(url) as client:
        said = everything_said(lambda: client.page(after), caplog)
    assert poe.requests[0].authorized
    assert KEY not in said


@pytest.mark.parametrize(
    "sent", [b"no HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"]
)
def test_no_broken_answer_tells_the_key(sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Nor does an answer that is not even HTTP."""
    with raw_server(lambda _: [sent]) as server, reader(server.url) as client:
        said = everything_said(lambda: client.page(None), caplog)
    assert KEY.encode() in server.asked[0][0]
    assert KEY not in said


def test_nobody_at_the_address_tells_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does a connection that is refused, though the same error brings the address."""
    with raw_server(lambda _: []) as server:
        url = server.url
    with reader(url) as client:
        said = everything_said(lambda: client.page(None), caplog)
    assert PoeUnavailableError.__name__ in said
    assert KEY not in said


def test_the_client_shows_no_key() -> None:
    """Printed, neither the client nor what it holds shows the key."""
    with simulated(3).serve() as url, reader(url) as client:
        client.page(None)
        assert KEY not in f"{client!r} {vars(client)!r}"

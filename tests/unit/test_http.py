"""A request is over in its time, within its size, and says nothing that it should not."""

import gzip
import logging
import socket
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, repeat
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import urllib3

from budget_alert.http import Answer, Http, HttpError
from tests.support.certificates import self_signed
from tests.support.raw_http import Pieces, raw_server

MEGABYTE = 1024 * 1024
BOMB = gzip.compress(bytes(64 * MEGABYTE))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# Answers that never end, though no wait for their next byte is long.
ENDLESS: dict[str, Pieces] = {
    "status line": lambda _: chain([b"HTTP/1.1 200 "], repeat(b"O")),
    "headers": lambda _: chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"X: y\r\n", 90), repeat(b"z")),
    "body": lambda _: chain([b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"], repeat(b"z")),
    "body without a length": lambda _: chain([b"HTTP/1.1 200 OK\r\n\r\n"], repeat(b"z")),
    "body of a closing connection": lambda _: chain(
        [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"], repeat(b"z")
    ),
    "chunks": lambda _: chain([CHUNKED], repeat(b"1\r\nz\r\n")),
    "one chunk": lambda _: chain([CHUNKED, b"10000\r\n"], repeat(b"z")),
    "size of a chunk": lambda _: chain([CHUNKED], repeat(b"0")),
    "gzip of nothing": lambda _: chain(
        [GZIP + b"\r\n", gzip.compress(b"")[:10]], repeat(b"\x00\x00\x00\xff\xff" * 1000)
    ),
    "promises to go on": lambda _: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.fixture
def http() -> Iterator[Http]:
    """Give Http as the function has it."""
    with Http() as http:
        yield http


def asked(http: Http, url: str, seconds: float = 5.0, **how: Any) -> Answer:
    """Ask for at most 100 bytes."""
    options: dict[str, Any] = {"headers": {}, "seconds": lambda: seconds, "largest": 100} | how
    return http.request("GET", url, **options)


def late() -> Any:
    """Expect that no answer comes in time, though the request may have arrived."""
    return pytest.raises(HttpError, match=r"^ReadTimeoutError$", check=lambda error: error.is_sent)


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_a_drip_is_left_in_time(http: Http, endless: Pieces) -> None:
    """However an answer drips, it is given up when its time is over."""
    started = monotonic()
    with raw_server(endless, pause=0.02) as server, late():
        asked(http, server.url, 0.25)
    assert 0.2 < monotonic() - started < 2


@pytest.mark.parametrize(
    "endless", ["body", "body without a length", "chunks", "gzip of nothing", "promises to go on"]
)
def test_a_flood_is_left_in_time(http: Http, endless: str) -> None:
    """Nor is there an answer without end when no wait is needed at all."""
    started = monotonic()
    with raw_server(ENDLESS[endless]) as server, late():
        asked(http, server.url, 0.25, largest=2**40)
    assert 0.2 < monotonic() - started < 2


def test_silence_after_a_drip_is_left_in_time(http: Http) -> None:
    """The last byte that came does not begin the time anew."""
    started = monotonic()
    with raw_server(lambda _: [OK[:1], OK[1:2], OK[2:3]], pause=0.3) as server, late():
        asked(http, server.url, 0.75)
    assert monotonic() - started < 1.3


@pytest.mark.parametrize("endless", ["headers", "body without a length"])
def test_a_drip_over_tls_is_left_in_time(tmp_path: Path, endless: str) -> None:
    """Encryption changes nothing about it."""
    tls, trusted = self_signed(tmp_path)
    started = monotonic()
    pools = urllib3.PoolManager(retries=False, ca_certs=str(trusted))
    with Http(pools) as http, raw_server(ENDLESS[endless], pause=0.02, tls=tls) as server, late():
        asked(http, server.url, 0.25, largest=2**40)
    assert 0.2 < monotonic() - started < 2


def test_a_connection_that_is_never_made_is_left_in_time(http: Http) -> None:
    """Where nobody takes the connection, nothing was sent."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            # These fill the queue of those that wait to be taken.
            queued = waiting.enter_context(socket.socket())
            queued.settimeout(0)
            queued.connect_ex(listener.getsockname())
        with pytest.raises(HttpError, match="ConnectTimeoutError", check=lambda error: not error.is_sent):
            asked(http, f"http://127.0.0.1:{listener.getsockname()[1]}", 0.3)


def test_an_error_counts_though_its_body_does_not_come(http: Http) -> None:
    """Of an error the status is enough, and its body is not waited for past the end."""
    pieces = [b"HTTP/1.1 404 No\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", b"hello"]
    with raw_server(lambda _: pieces) as server:
        answer = asked(http, server.url)
    assert (answer.status, answer.body) == (404, b"")


def test_answers_in_time_come_over_one_connection(http: Http) -> None:
    """An answer that comes in pieces, but in time, is whole, and each one has the whole time."""
    with raw_server(lambda _: [OK[:10], OK[10:]], pause=0.1) as server:
        bodies = [asked(http, server.url, 0.5).body for _ in range(4)]
    assert bodies == [b"hello"] * 4
    assert [len(heads) for heads in server.asked] == [4]


def test_the_next_request_has_a_connection_of_its_own(http: Http) -> None:
    """After a request that was given up, its address can be asked again."""
    answers = [ENDLESS["headers"](b""), [OK]]
    with raw_server(lambda _: answers.pop(0), pause=0.02) as server:
        with late():
            asked(http, server.url, 0.2)
        assert asked(http, server.url).body == b"hello"
    assert len(server.asked) == 2


def test_of_a_larger_answer_only_the_beginning_is_read(http: Http) -> None:
    """It says that it is not whole; at the bound itself it is."""
    with raw_server(lambda _: [OK]) as server:
        assert asked(http, server.url, largest=5) == Answer(200, {"Content-Length": "5"}, b"hello")
        answer = asked(http, server.url, largest=4)
    assert (answer.body, answer.is_whole) == (b"hell", False)


@pytest.mark.parametrize(
    "pieces",
    [
        [GZIP + b"Content-Length: %d\r\n\r\n" % len(BOMB), BOMB],
        [GZIP + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BOMB), BOMB, b"\r\n0\r\n\r\n"],
    ],
    ids=["length", "chunks"],
)
def test_a_gzip_bomb_is_left_before_it_unfolds(http: Http, pieces: list[bytes]) -> None:
    """Of 64 kilobytes that would unfold to 64 megabytes, no more is unfolded than was asked for."""
    with raw_server(lambda _: pieces) as server:
        tracemalloc.start()
        try:
            assert not asked(http, server.url, largest=MEGABYTE).is_whole
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 4 * MEGABYTE


def test_the_caller_decides_what_is_tried_again(http: Http) -> None:
    """A policy sees what came of each try, be it an answer or none; without one nothing is tried again."""
    pieces: list[Sequence[bytes]] = [[b"no HTTP at all\r\n\r\n"], [OK.replace(b"200", b"500")], [OK]]
    seen: list[tuple[int | str, int]] = []

    def again(outcome: Answer | HttpError, attempt: int) -> bool:
        seen.append((outcome.status if isinstance(outcome, Answer) else outcome.name, attempt))
        return len(seen) < 3

    with raw_server(lambda _: pieces.pop(0)) as server:
        assert asked(http, server.url, again=again).body == b"hello"
    assert seen == [("ProtocolError", 0), (500, 1), (200, 2)]
    with raw_server(lambda _: [b"no HTTP at all\r\n\r\n"]) as server, pytest.raises(HttpError):
        asked(http, server.url)
    assert len(server.asked) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(http: Http, tmp_path: Path) -> None:
    """TLS is verified: to a stranger nothing is said."""
    tls, _ = self_signed(tmp_path)
    refused = pytest.raises(HttpError, match="SSLError", check=lambda error: not error.is_sent)
    with raw_server(lambda _: [OK], tls=tls) as server, refused:
        asked(http, server.url, headers={"Authorization": "Bearer secret"})
    assert server.asked == []


def test_no_log_line_shows_an_address(http: Http, caplog: pytest.LogCaptureFixture) -> None:
    """The path of a webhook is its secret, and urllib3 warns of odd headers with the path beside them."""
    caplog.set_level(logging.DEBUG)
    with raw_server(lambda _: [OK.replace(b"\r\n\r\n", b"\r\nno header\r\n\r\n")]) as server:
        asked(http, server.url + "/hidden")
    assert "hidden" not in caplog.text

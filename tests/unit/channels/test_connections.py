from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from time import monotonic

import pytest
import urllib3
from urllib3.exceptions import ProtocolError, ReadTimeoutError, SSLError

from budget_alert.poe.connections import connections
from tests.support.certificates import self_signed
from tests.support.raw_http import Pieces, raw_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# Answers that never end, though no wait for their next byte is long.
DRIPS: dict[str, Pieces] = {
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
    "promises to go on": lambda _: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    """Give the connections of the function."""
    with connections() as pool:
        yield pool


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
def test_a_drip_ends_with_the_read_timeout(http: urllib3.PoolManager, drip: Pieces) -> None:
    """However an answer drips, it is given up when the read timeout is over."""
    started = monotonic()
    with raw_server(drip, pause=0.02) as server, pytest.raises(ReadTimeoutError):
        http.request("GET", server.url, timeout=urllib3.Timeout(connect=1, read=0.25))
    assert 0.2 < monotonic() - started < 5


def test_silence_after_a_drip_ends_with_the_read_timeout(http: urllib3.PoolManager) -> None:
    """The last byte that came does not begin the timeout anew."""
    started = monotonic()
    with (
        raw_server(lambda _: [OK[:1], OK[1:2], OK[2:3]], pause=0.3) as server,
        pytest.raises(ReadTimeoutError),
    ):
        http.request("GET", server.url, timeout=urllib3.Timeout(connect=1, read=0.75))
    assert monotonic() - started < 1.3


def test_a_flood_ends_with_the_read_timeout(http: urllib3.PoolManager) -> None:
    """Nor is there an answer without end when no wait is needed at all."""
    with raw_server(DRIPS["promises to go on"]) as server, pytest.raises(ReadTimeoutError):
        http.request("GET", server.url, timeout=urllib3.Timeout(connect=1, read=0.25))


def test_a_drip_over_tls_ends_with_the_read_timeout(tmp_path: Path) -> None:
    """Encryption changes nothing about it."""
    tls, trusted = self_signed(tmp_path)
    started = monotonic()
    with connections() as http, raw_server(DRIPS["body"], pause=0.02, tls=tls) as server:
        http.connection_pool_kw["ca_certs"] = str(trusted)
        with pytest.raises(ReadTimeoutError):
            http.request("GET", server.url, timeout=urllib3.Timeout(connect=1, read=0.25))
    assert 0.2 < monotonic() - started < 5


def test_an_answer_in_time_leaves_the_connection_open(http: urllib3.PoolManager) -> None:
    """An answer that comes in pieces, but in time, is whole, and the next one comes the same way."""
    with raw_server(lambda _: (OK[at : at + 9] for at in range(0, len(OK), 9)), pause=0.002) as server:
        bodies = [http.request("GET", server.url, timeout=2).data for _ in range(3)]
    assert bodies == [b"hello"] * 3
    assert [len(heads) for heads in server.asked] == [3]


def test_each_answer_has_the_whole_timeout(http: urllib3.PoolManager) -> None:
    """The time that one answer took is not taken from the next one over the same connection."""
    with raw_server(lambda _: [OK[:10], OK[10:]], pause=0.2) as server:
        for _ in range(4):
            assert http.request("GET", server.url, timeout=1).data == b"hello"
    assert [len(heads) for heads in server.asked] == [4]


def test_without_a_timeout_an_answer_may_take_its_time(http: urllib3.PoolManager) -> None:
    """Who sets no timeout gets none."""
    with raw_server(lambda _: [OK]) as server:
        assert http.request("GET", server.url, timeout=None).data == b"hello"


def test_nothing_is_retried_by_itself(http: urllib3.PoolManager) -> None:
    """A broken connection is the caller's to judge."""
    with raw_server(lambda _: [b"no HTTP at all\r\n\r\n"]) as server, pytest.raises(ProtocolError):
        http.request("GET", server.url)
    assert len(server.asked) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(http: urllib3.PoolManager, tmp_path: Path) -> None:
    """TLS is verified: to a stranger nothing is said."""
    tls, _ = self_signed(tmp_path)
    refused = pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED")
    with raw_server(lambda _: [OK], tls=tls) as server, refused:
        http.request("GET", server.url, headers={"Authorization": "Bearer secret"})
    assert server.asked == []

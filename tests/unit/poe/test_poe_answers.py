"""What each answer that is no page of usage becomes."""

import gzip
import tracemalloc
from itertools import chain, repeat

import pytest

from budget_alert.errors import (
    KeyRefusedError,
    PoeUnavailableError,
    RateLimitedError,
    ScanError,
    UnknownPositionError,
    UnreadableAnswerError,
)
from budget_alert.poe.client import LARGEST_ANSWER_BYTES
from standins import poe_faults
from standins.loopback import Asked, Reply, serving
from standins.poe_faults import Fault
from tests.support.poe_client import reader, simulated
from tests.support.raw_http import raw_server

MEGABYTE = 1024 * 1024
BOMB = gzip.compress(bytes(64 * MEGABYTE))
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"


def body(content: bytes) -> Fault:
    """Answer with this body as if it were a page."""
    return poe_faults.status(200, content)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (
            poe_faults.status(401),
            KeyRefusedError,
            r"HTTP 401.*Make a new key at https://poe.com/api_key.*secret",
        ),
        (poe_faults.status(403), KeyRefusedError, r"HTTP 403.*Make a new key"),
        (poe_faults.status(429), RateLimitedError, r"HTTP 429.*ask less often"),
        (poe_faults.status(500), PoeUnavailableError, r"HTTP 500.*the next tick tries again"),
        (poe_faults.status(501), PoeUnavailableError, r"HTTP 501.*the next tick tries again"),
        (poe_faults.html(502), PoeUnavailableError, r"HTTP 502.*the next tick tries again"),
        (poe_faults.reset(), PoeUnavailableError, r"ProtocolError.*the next tick tries again"),
        (poe_faults.html(200), UnreadableAnswerError, r"web page.*look for a newer version"),
        (poe_faults.html(404), UnreadableAnswerError, r"HTTP 404.*check POE_API_URL"),
        (poe_faults.status(204), UnreadableAnswerError, r"HTTP 204.*check POE_API_URL"),
        (poe_faults.truncated_json(), UnreadableAnswerError, r"no such JSON.*look for a newer version"),
        (body(b""), UnreadableAnswerError, "no such JSON"),
        (body('{"data": []}'.encode("utf-16")), UnreadableAnswerError, "no such JSON"),
        (body(b'\xff\xfe{"data": []}'), UnreadableAnswerError, "no such JSON"),
        (body(b'{"error": {"type": "authentication_error"}}'), UnreadableAnswerError, "no rows"),
        (poe_faults.empty_page(), UnreadableAnswerError, "empty, yet says that there is more"),
    ],
)
def test_each_failure_is_an_error_that_says_what_to_do(
    fault: Fault, error: type[ScanError], words: str
) -> None:
    """The error tells what happened, and what its reader can do about it."""
    poe = simulated(100)
    poe.faults.always(fault)
    with poe.serve() as url, reader(url) as client, pytest.raises(error, match=words):
        client.page(None)


@pytest.mark.parametrize("code", [400, 404, 410, 422])
def test_a_refused_position_is_told_apart_from_a_refused_address(code: int) -> None:
    """The same status means an unknown row where one was named, and a wrong address where none was."""
    poe = simulated(3)
    poe.faults.always(poe_faults.status(code))
    with poe.serve() as url, reader(url) as client:
        with pytest.raises(UnknownPositionError, match=f"HTTP {code}.*the next tick"):
            client.page("0")
        with pytest.raises(UnreadableAnswerError, match=f"HTTP {code}.*POE_API_URL"):
            client.page(None)


@pytest.mark.parametrize("code", [400, 401, 204, 501])
def test_what_no_retry_cures_is_asked_once_with_each_key(code: int) -> None:
    """Only what may pass is tried again."""
    poe = simulated(3)
    poe.faults.always(poe_faults.status(code))
    with poe.serve() as url, reader(url) as client, pytest.raises(ScanError):
        client.page(None)
    assert len(poe.requests) == 1


def test_a_body_in_another_encoding_spoils_its_row_only() -> None:
    """A name that is not UTF-8 makes its row unreadable; the rows beside it count."""
    poe = simulated(2)
    poe.faults.queue(lambda reply, _: Reply(body=reply.body.replace(b"Claude", b"Cl\xe4ude", 1)))
    with poe.serve() as url, reader(url) as client:
        page = client.page(None)
    assert ([entry.query_id for entry in page.entries], page.unreadable) == (["1"], 1)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_the_key_not_sent_on(code: int) -> None:
    """Nobody at another address, or another path, ever hears the key."""
    heard: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        heard.append(asked)
        return Reply(body=b'{"has_more": false, "data": []}')

    poe = simulated(3)
    with serving(answer) as elsewhere, poe.serve() as url, reader(url) as client:
        for target in (f"{elsewhere}/usage/points_history", "/usage/current_balance", ""):
            poe.faults.queue(*[poe_faults.status(code, headers={"Location": target})] * 4)
            with pytest.raises(PoeUnavailableError, match=f"HTTP {code}.*POE_API_URL"):
                client.page(None)
    assert heard == []
    assert {asked.path for asked in poe.requests} == {"/usage/points_history"}
    assert poe.balance_requests == []


def test_the_largest_page_is_read_and_a_larger_one_is_not() -> None:
    """The body of an answer is bounded, to the byte."""
    page = b'{"has_more": false, "data": []}'
    poe = simulated()
    poe.faults.queue(body(page.ljust(LARGEST_ANSWER_BYTES)), body(page.ljust(LARGEST_ANSWER_BYTES + 1)))
    with poe.serve() as url, reader(url) as client:
        assert client.page(None).is_last
        with pytest.raises(UnreadableAnswerError, match=r"larger than any page.*the next tick"):
            client.page(None)


@pytest.mark.parametrize(
    "pieces",
    [
        [GZIP + b"Content-Length: %d\r\n\r\n" % len(BOMB), BOMB],
        [GZIP + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BOMB), BOMB, b"\r\n0\r\n\r\n"],
    ],
    ids=["length", "chunks"],
)
def test_a_gzip_bomb_is_left_before_it_unfolds(pieces: list[bytes]) -> None:
    """Of 64 kilobytes that would unfold to 64 megabytes, no more is unfolded than a page may have."""
    with raw_server(lambda _: pieces) as server, reader(server.url) as client:
        tracemalloc.start()
        try:
            with pytest.raises(UnreadableAnswerError, match="larger than any page"):
                client.page(None)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 4 * LARGEST_ANSWER_BYTES


def test_a_body_without_end_is_left() -> None:
    """An answer that streams for ever is left at the bound."""
    endless = chain([b"HTTP/1.1 200 OK\r\n\r\n"], repeat(b" " * MEGABYTE))
    larger = pytest.raises(UnreadableAnswerError, match="larger than any page")
    with raw_server(lambda _: endless) as server, reader(server.url) as client, larger:
        client.page(None)


def test_gzip_that_is_none_is_an_error() -> None:
    """A body that only claims to be compressed is unreadable."""
    head = GZIP + b"Content-Length: 2\r\n\r\n{}"
    no_gzip = pytest.raises(UnreadableAnswerError, match=r"not the gzip it claims to be.*next tick")
    with raw_server(lambda _: [head]) as server, reader(server.url) as client, no_gzip:
        client.page(None)

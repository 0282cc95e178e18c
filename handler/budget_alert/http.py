"""One bounded request over kept-alive connections, for Poe and for Slack."""

import logging
import socket
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from threading import Event, Thread
from typing import Self

import msgspec
import urllib3

from budget_alert import __version__

CONNECT_SECONDS = 3.0
CHUNK_BYTES = 64 * 1024
CUT_AGAIN_SECONDS = 0.05
OK = 200
GZIP = 16 + zlib.MAX_WBITS
"""What zlib calls the format."""
AGENT = f"poe-budget-alert/{__version__}"


class HttpError(Exception):
    """Raised when no answer came, or not all of it in time.

    `name` is urllib3's for what happened, and its words are left out: they hold the address. `is_sent` says
    that the request may have arrived.
    """

    def __init__(self, name: str, *, is_sent: bool) -> None:
        self.name = name
        self.is_sent = is_sent
        super().__init__(name)


class Answer(msgspec.Struct, frozen=True):
    """An answer; where it is larger than was asked for, its beginning."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
    is_whole: bool = True

    @property
    def retry_after(self) -> float | None:
        """The seconds that `Retry-After` asks to wait; None where it is missing or unreadable."""
        try:
            return float(urllib3.Retry().parse_retry_after(self.headers.get("Retry-After", "")))
        except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
            return None


Again = Callable[[Answer | HttpError, int], bool]
"""Takes what came of a try, and its number from 0; waits and gives True where to ask once more."""

_Ask = Callable[..., urllib3.BaseHTTPResponse]


class Http:
    """Requests that verify TLS, follow no redirect, and are over in the time they are given.

    A timeout of a socket begins anew with every byte, so that a drip would outlive the function: here a
    connection is shut down when its request's time is over, whatever it is doing.
    """

    def __init__(self, pools: urllib3.PoolManager | None = None) -> None:
        self._pools = pools or urllib3.PoolManager(num_pools=2, retries=False)
        # Below, urllib3 logs paths, and that of a webhook is its secret.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def __enter__(self) -> Self:
        """Give itself, to be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._pools.clear()

    def request(  # noqa: PLR0913 - a request has so many sides
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        seconds: Callable[[], float],
        largest: int,
        again: Again = lambda _outcome, _attempt: False,
        body: bytes | None = None,
    ) -> Answer:
        """Ask until `again` has enough; each try may take `seconds()` in all, for at most `largest` bytes.

        Raises HttpError, to which nothing is chained that could tell a secret.
        """
        ask = partial(
            self._pools.request,
            method,
            url,
            body=body,
            headers={"User-Agent": AGENT, **headers},
            retries=False,
            redirect=False,
            preload_content=False,
        )
        for attempt in count():
            outcome = self._try(ask, url, seconds(), largest)
            if not again(outcome, attempt):
                break
        if isinstance(outcome, HttpError):
            raise outcome
        return outcome

    def _try(self, ask: _Ask, url: str, seconds: float, largest: int) -> Answer | HttpError:
        over = Event()
        try:
            with _shut_after(self._connection(url), seconds, over) as answering:
                response = ask(timeout=urllib3.Timeout(connect=CONNECT_SECONDS, total=seconds))
                answering.append(response)
                answer = _read(response, largest, over)
        except urllib3.exceptions.ConnectTimeoutError as error:
            return HttpError(type(error).__name__, is_sent=False)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            late = over.is_set() or isinstance(error, urllib3.exceptions.ReadTimeoutError)
            name = "ReadTimeoutError" if late else type(error).__name__
            return HttpError(name, is_sent=late or isinstance(error, urllib3.exceptions.ProtocolError))
        # A body that was shut down may look like one that is over.
        return HttpError("ReadTimeoutError", is_sent=True) if over.is_set() else answer

    def _connection(self, url: str) -> urllib3.connection.HTTPConnection:
        """Give the connection that the next request takes, for a pool holds one.

        By the pool's own two methods: urllib3 has no other way to a connection before its headers are read.
        """
        pool = self._pools.connection_from_url(url)
        connection = pool._get_conn()  # noqa: SLF001 - as said above
        pool._put_conn(connection)  # noqa: SLF001 - as said above
        return connection  # type: ignore[return-value]  # typed as a protocol that hides its socket


@contextmanager
def _shut_after(
    connection: urllib3.connection.HTTPConnection, seconds: float, over: Event
) -> Iterator[list[urllib3.BaseHTTPResponse]]:
    """Set `over` when the time is over, and shut down the connection, or an answer that is put on the list.

    An answer without a length takes the socket away from its connection.
    """
    done = Event()
    answering: list[urllib3.BaseHTTPResponse] = []

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            over.set()
            with suppress(OSError, ValueError, RuntimeError):
                _shut(connection, answering)
            wait = CUT_AGAIN_SECONDS

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield answering
    finally:
        done.set()
        watcher.join()


def _shut(
    connection: urllib3.connection.HTTPConnection, answering: Sequence[urllib3.BaseHTTPResponse]
) -> None:
    if sock := connection.sock:
        # A TLS tunnel through TLS is no socket itself. TLS cannot be shut down from here, but what is below.
        socket.socket.shutdown(getattr(sock, "socket", sock), socket.SHUT_RDWR)
    for response in answering:
        response.shutdown()


def _read(response: urllib3.BaseHTTPResponse, largest: int, over: Event) -> Answer:
    body = b""
    try:
        body = _body(response, largest + 1, over)
    except urllib3.exceptions.HTTPError:
        # Of an error its status is enough.
        if response.status == OK:
            raise
    finally:
        # What was not read to its end takes the connection with it; the rest keep theirs.
        response.close()
    return Answer(response.status, response.headers, body[:largest], is_whole=len(body) <= largest)


def _body(response: urllib3.BaseHTTPResponse, most: int, over: Event) -> bytes:
    """Read at most so many bytes, decoded here: urllib3 goes on for as long as nothing comes out of gzip."""
    gzip = zlib.decompressobj(wbits=GZIP) if response.headers.get("Content-Encoding") == "gzip" else None
    body = bytearray()
    for chunk in response.stream(CHUNK_BYTES, decode_content=False):
        try:
            body += gzip.decompress(chunk, most - len(body)) if gzip else chunk
        except zlib.error as error:
            raise urllib3.exceptions.DecodeError from error
        if len(body) >= most or over.is_set():
            break
    return bytes(body[:most])

"""A small HTTP/1.1 server on loopback whose own cost does not blur what is measured against it."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from io import BufferedIOBase

    Answer = Callable[["Asked"], bytes | None]

JSON = "application/json"


class Asked(msgspec.Struct, frozen=True):
    """One request: method, path with its query, lower-case headers, body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def answered(
    body: bytes, status: int = 200, kind: str = JSON, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write a whole answer."""
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve on a free port of loopback and give "host:port"; None for an answer hangs up.

    At the end every connection is closed, and every thread joined.
    """
    server = _Server(("127.0.0.1", 0), _Connection)
    server.answer = answer
    accepting = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    accepting.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        accepting.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 64
    answer: Answer

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(address, handler)
        self.open: set[socket.socket] = set()

    def hang_up(self) -> None:
        """Close what is kept alive: its thread would wait for the next request for ever."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Connection(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.open.add(self.request)
        # A client that is killed leaves without a word.
        with suppress(ConnectionError):
            while asked := _read(self.rfile):
                answer = self.server.answer(asked)
                if answer is None:
                    break
                self.request.sendall(answer)
        self.server.open.discard(self.request)


def _read(stream: BufferedIOBase) -> Asked | None:
    first = stream.readline().decode("latin-1").split()
    if not first:
        return None
    headers: dict[str, str] = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Asked(first[0], first[1], headers, stream.read(int(headers.get("content-length", 0))))

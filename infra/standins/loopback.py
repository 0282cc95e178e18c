"""Plain HTTP/1.1 on loopback: what all stand-ins are served with, and scripts of what they answer."""

import gzip
import os
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

Step = TypeVar("Step")
_COMPRESSED_FROM = 256


class Asked(msgspec.Struct, frozen=True):
    """One request: method, path without query, the query's last value by name, lower-case headers, body."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


def asked_of(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Asked:
    """Take a request apart; `target` is its path with its query, or a whole address."""
    parts = urlsplit(target)
    lower = {name.lower(): value for name, value in headers.items()}
    return Asked(method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), lower, body)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is answered with, and how badly the answer travels.

    `pieces` cuts the body into so many parts, `pause` seconds apart. `broken_at` breaks the connection
    after so many bytes of the body, 0 being right after the headers; `reset` breaks it before any answer.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    pieces: int = 1
    pause: float = 0.0
    broken_at: int | None = None
    reset: bool = False


Answer = Callable[[Asked], Reply]


def json_reply(content: object, status: int = 200) -> Reply:
    """Return `content` as a JSON answer."""
    body = msgspec.json.encode(content)
    return Reply(status=status, body=body, headers={"Content-Type": "application/json"})


class Script(Generic[Step]):
    """Steps for the requests to come: the queued ones first, one a request, then what the rule says.

    None stands for an honest answer, in the queue as in the rule; without a script all answers are honest.
    """

    def __init__(self) -> None:
        self._queue: deque[Step | None] = deque()
        self._rule: Callable[[Asked], Step | None] = lambda _: None

    def queue(self, *steps: Step | None) -> None:
        """Plan one step for each of the next requests, after those already queued."""
        self._queue.extend(steps)

    def rule(self, rule: Callable[[Asked], Step | None]) -> None:
        """Ask `rule` for the step of every request that finds the queue empty."""
        self._rule = rule

    def always(self, step: Step | None) -> None:
        """Give `step` to every request that finds the queue empty; None ends that."""
        self._rule = lambda _: step

    def next(self, asked: Asked) -> Step | None:
        """Return the step for this request and take it off the queue."""
        return self._queue.popleft() if self._queue else self._rule(asked)


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve `answer` on loopback and give the base address, without a slash at its end.

    At the end every connection is closed and every thread joined; what `answer` raised is raised then, and
    its client has seen a broken connection.
    """
    server = _Server(answer)
    accepting = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    accepting.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.stop()
        accepting.join()
    if server.failures:
        raise server.failures[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.stopping = threading.Event()
        self.failures: list[BaseException] = []
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as in socketserver
        self._open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:  # noqa: ANN401 -- as in socketserver
        self._open.discard(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 -- as in socketserver
        error = sys.exception()
        # A client may hang up whenever it likes: its timeouts are what the tests try out.
        if error is not None and not isinstance(error, ConnectionError):
            self.failures.append(error)

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        for connection in list(self._open):
            # A kept-alive connection waits for its next request, and its thread could not be joined.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # One write per answer, sent at once: else each answer waits 40 ms for the client's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        reply = self.server.answer(self._asked())
        if reply.reset:
            self._reset()
        else:
            self._send(reply)

    do_POST = do_GET  # noqa: N815 -- the name that http.server calls

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 -- as in http.server
        """Say nothing: the requests are recorded where they are answered."""

    def _asked(self) -> Asked:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return asked_of(self.command, self.path, dict(self.headers.items()), body)

    def _send(self, reply: Reply) -> None:
        headers, body = self._encoded(reply)
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.flush()
        for piece in _cut(body[: reply.broken_at], reply.pieces):
            self.wfile.write(piece)
            self.wfile.flush()
            if reply.pause and self.server.stopping.wait(reply.pause):
                break
        if reply.broken_at is not None:
            self._reset()

    def _encoded(self, reply: Reply) -> tuple[dict[str, str], bytes]:
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not accepted or len(reply.body) < _COMPRESSED_FROM:
            return dict(reply.headers), reply.body
        return {**reply.headers, "Content-Encoding": "gzip"}, gzip.compress(reply.body, 1)

    def _reset(self) -> None:
        self.close_connection = True
        # Lingering for zero seconds makes the system send RST in place of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())


def _cut(body: bytes, pieces: int) -> Iterator[bytes]:
    size = max(1, -(-len(body) // pieces))
    return (body[at : at + size] for at in range(0, len(body), size))

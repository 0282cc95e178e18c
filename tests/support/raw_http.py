"""A server that sends whatever bytes it is told to, piece by piece: what no honest HTTP server would."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

Pieces = Callable[[bytes], Iterable[bytes]]


@dataclass
class RawServer:
    """Answers every request with the pieces that `answer` makes of its head, `pause` seconds apart.

    `asked` holds, for each connection, the heads of the requests that came over it.
    """

    answer: Pieces
    pause: float = 0.0
    tls: ssl.SSLContext | None = None
    asked: list[list[bytes]] = field(default_factory=list)
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    connections: list[socket.socket] = field(default_factory=list)

    def accept(self, listener: socket.socket) -> None:
        """Serve connections, each in its own thread, until the listener is closed."""
        with ExitStack() as threads, suppress(OSError):
            while not self.stopping.is_set():
                connection, _ = listener.accept()
                self.connections.append(connection)
                thread = threading.Thread(target=self.serve, args=[connection])
                thread.start()
                threads.callback(thread.join)

    def serve(self, connection: socket.socket) -> None:
        """Answer what comes over one connection; a client may hang up whenever it likes."""
        with suppress(OSError), connection:
            wrapped = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            heads: list[bytes] = []
            self.asked.append(heads)
            with wrapped, wrapped.makefile("rb") as stream:
                while head := _head(stream):
                    heads.append(head)
                    self.send(wrapped)

    def send(self, connection: socket.socket) -> None:
        """Send the answer to the newest request; it ends early when the server does."""
        for piece in self.answer(self.asked[-1][-1]):
            connection.sendall(piece)
            if self.stopping.wait(self.pause):
                break

    def stop(self) -> None:
        """Break every connection."""
        self.stopping.set()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def raw_server(answer: Pieces, pause: float = 0.0, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve on loopback for as long as the context lasts."""
    server = RawServer(answer, pause, tls)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.url = f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
        accepting = threading.Thread(target=server.accept, args=[listener])
        accepting.start()
        try:
            yield server
        finally:
            server.stop()
            # A listener that is only closed leaves its thread in accept().
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _head(stream: Iterable[bytes]) -> bytes:
    lines = []
    for line in stream:
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""

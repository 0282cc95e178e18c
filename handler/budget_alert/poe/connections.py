"""Connections on which a read timeout holds for the whole answer, however slowly its bytes drip."""

import io
import socket
from http.client import HTTPResponse
from time import monotonic

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


def connections() -> urllib3.PoolManager:
    """Give kept-alive connections, one to a host, TLS verified, that retry nothing themselves.

    A request's read timeout bounds its status line, headers and body together: sockets count theirs anew
    for every piece, so that a drip would outlive the function.
    """
    manager = urllib3.PoolManager(num_pools=2, retries=False)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager


class _Timed(io.RawIOBase):
    """The bytes that a socket receives within its present timeout, counted from now on."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float) -> None:
        self._raw = raw
        self._sock = sock
        self._until = monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # what io calls it with
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        super().__init__(sock, debuglevel, method)
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, seconds))


class _Connection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection

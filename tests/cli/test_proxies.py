"""The way to Poe through a proxy, as the environment names one."""

import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from poe_budget.errors import WrongUseError
from poe_budget.past.poe import proxy_for
from tests.cli.running import KEY, hourly, one_line, run, served
from tests.support.certificates import self_signed
from tests.support.raw_http import raw_server

POE = "https://api.poe.com"
PROXY = "http://proxy.example:3128"
PAGE = b'{"has_more": false, "data": []}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE


class Proxy(ThreadingHTTPServer):
    """A proxy on loopback that makes tunnels, or refuses to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connecting)
        self.asked: list[tuple[str, str]] = []
        self.refuses = False
        self.address = f"http://me:pass%20word@127.0.0.1:{self.server_port}"


class _Connecting(BaseHTTPRequestHandler):
    server: Proxy

    def do_CONNECT(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Proxy-Authorization", "")))
        if self.server.refuses:
            self.send_error(407)
            return
        self.send_response(200)
        self.end_headers()
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as there:
            back = threading.Thread(target=_carry, args=(there, self.connection))
            back.start()
            _carry(self.connection, there)
            back.join()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(65536):
            sink.sendall(some)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Give a proxy, with a name and a password in its address."""
    with Proxy() as made:
        serving = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        yield made
        made.shutdown()
        serving.join()


@contextmanager
def safe_poe(folder: Path) -> Iterator[dict[str, str]]:
    """Serve a Poe without usage over TLS, by a certificate that the environment trusts."""
    context, trusted = self_signed(folder)
    with raw_server(lambda _: [ANSWER], tls=context) as server:
        yield {"POE_API_KEY": KEY, "POE_API_URL": server.url, "SSL_CERT_FILE": str(trusted)}


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_is_gone_through(proxy: Proxy, tmp_path: Path, name: str) -> None:
    """With its name and password, which are shown nowhere; the key goes through the tunnel only."""
    with safe_poe(tmp_path) as environ:
        ended = run("export", "--by", "type", **environ, **{name: proxy.address})
    assert (ended.status, ended.err) == (0, "")
    ((host, authorization),) = proxy.asked
    assert environ["POE_API_URL"] == f"https://{host}"
    assert authorization == f"Basic {b64encode(b'me:pass word').decode()}"


def test_what_goes_through_no_proxy(proxy: Proxy, tmp_path: Path) -> None:
    """A host that needs none, and what stays on this machine: a key in plain text never leaves it."""
    for name in ("NO_PROXY", "no_proxy"):
        with safe_poe(tmp_path) as environ:
            around = {**environ, "HTTPS_PROXY": proxy.address, name: "localhost,127.0.0.1"}
            assert run("export", **around).status == 0
    with served(hourly(10)) as environ:
        around = {**environ, "HTTPS_PROXY": proxy.address, "HTTP_PROXY": proxy.address}
        assert run("export", **around).status == 0
    assert proxy.asked == []


def test_a_proxy_that_refuses_or_is_not_there(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the proxy that is named, with what to look at, and nothing of its password."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    proxy.refuses = True
    words = "Poe cannot be reached through the proxy: check HTTPS_PROXY, or name Poe's host in NO_PROXY"
    for address in (proxy.address, "http://me:pass%20word@127.0.0.1:1"):
        with safe_poe(tmp_path) as environ:
            ended = run("export", "--debug", **environ, HTTPS_PROXY=address)
        assert ended.status == 1
        assert words in ended.err.splitlines()[-1]
        assert "pass%20word" not in ended.err
        assert "pass word" not in ended.err


def test_a_certificate_that_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that reads TLS its own certificate has to be named."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with safe_poe(tmp_path) as environ:
        line = one_line(run("export", **{**environ, "SSL_CERT_FILE": "/dev/null"}))
    assert "Poe cannot be reached, for its certificate is not trusted here: check your connection" in line
    assert "SSL_CERT_FILE" in line


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        ({"HTTPS_PROXY": "http://other", "https_proxy": PROXY}, PROXY),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "poe.com"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": ".poe.com, localhost"}, None),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "notpoe.com,api.poe.org"}, PROXY),
    ],
)
def test_the_proxy_that_an_environment_names(environ: dict[str, str], proxy: str | None) -> None:
    """In either case of letters, the lower first, and with its exceptions."""
    assert proxy_for(POE, environ) == proxy


@pytest.mark.parametrize(
    "wrong", ["socks5://me:secret@proxy", "http://", "http://p:0", "http://p:x", "ftp://p"]
)
def test_what_is_no_proxy_is_wrong_use(wrong: str) -> None:
    """Said without its address, which may hold a password."""
    with pytest.raises(WrongUseError, match="HTTPS_PROXY must be the address of an HTTP proxy") as error:
        proxy_for(POE, {"HTTPS_PROXY": wrong})
    assert "secret" not in str(error.value)

import socket
from urllib.request import Request, urlopen

from lab.bench.server import Asked, answered, serving


def test_a_request_is_read_whole_and_answered_on_a_kept_alive_connection() -> None:
    """Two requests on one socket, the second with a body."""
    asked: list[Asked] = []

    def answer(one: Asked) -> bytes:
        asked.append(one)
        return answered(b'"well"')

    with serving(answer) as address:
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /one?a=b HTTP/1.1\r\nX-Name: value\r\n\r\n")
            assert client.recv(4096).endswith(b'"well"')
            client.sendall(b"POST /two HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")
            assert client.recv(4096).endswith(b'"well"')
    assert [(one.method, one.path, one.body) for one in asked] == [
        ("GET", "/one?a=b", b""),
        ("POST", "/two", b"body"),
    ]
    assert asked[0].headers == {"x-name": "value"}


def test_an_answer_carries_its_status_kind_and_headers() -> None:
    """What urllib reads of it."""
    with (
        serving(lambda _: answered(b"<a/>", 202, "text/xml", {"X-More": "1"})) as address,
        urlopen(Request(f"http://{address}/")) as got,
    ):
        assert (got.status, got.headers["Content-Type"], got.headers["X-More"]) == (202, "text/xml", "1")
        assert got.read() == b"<a/>"


def test_none_for_an_answer_hangs_up() -> None:
    """The client reads the end."""
    with serving(lambda _: None) as address:
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert client.recv(4096) == b""

"""What goes wrong between Poe and its reader, as steps of a script.

A fault takes the honest answer and the answer given before it, and returns what is sent in its place.
"""

from collections.abc import Callable, Mapping

import msgspec

from standins.loopback import Reply, json_reply

Fault = Callable[[Reply, Reply | None], Reply]

_HTML = (
    b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
)


def status(code: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Fault:
    """Answer with this HTTP status, body and headers, such as 429 and {"Retry-After": "2"}."""
    return lambda _, __: Reply(status=code, body=body, headers=headers or {})


def html(code: int = 502) -> Fault:
    """Answer with the HTML page of a proxy; 200 makes it look like a success."""
    return status(code, _HTML, {"Content-Type": "text/html"})


def truncated_json() -> Fault:
    """Answer with the first half of the JSON, as if it were all."""
    return lambda reply, _: msgspec.structs.replace(reply, body=reply.body[: len(reply.body) // 2])


def cut_off() -> Fault:
    """Break the connection in the middle of the body."""
    return lambda reply, _: msgspec.structs.replace(reply, broken_at=10)


def reset() -> Fault:
    """Break the connection before any answer."""
    return lambda _, __: Reply(reset=True)


def slow_drip(pause: float, pieces: int = 10) -> Fault:
    """Send the honest answer in pieces, `pause` seconds apart: no single wait is long, their sum is."""
    return lambda reply, _: msgspec.structs.replace(reply, pieces=pieces, pause=pause)


def list_cut_short(kept: int = 0) -> Fault:
    """Send the first `kept` rows of the page, and say that there are no more."""

    def fault(reply: Reply, _: Reply | None) -> Reply:
        data = msgspec.json.decode(reply.body)["data"][:kept]
        return json_reply({"data": data, "length": kept, "has_more": False})

    return fault

"""Servers in processes of their own, on loopback."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_PAUSE = 0.05
# Ends the server when its standard input ends, so that no server outlives a test run that was killed.
_GUARD = '"$@" & cat; kill $!; wait $!'


class TooLateError(Exception):
    """Raised when something has not come about within the seconds it was given."""


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(found: Callable[[], T | None], what: str, seconds: float) -> T:
    """Return what `found` gives as soon as it is true; TooLateError names `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(_PAUSE)
    raise TooLateError(f"After {seconds:g} seconds there is still no {what}.")


@contextmanager
def listening(
    command: Sequence[str | Path], port: int, folder: Path, log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """Run a server in `folder` until the end; it is ready when it takes connections on `port`.

    TooLateError holds its whole log when it does not get there within 30 seconds.
    """
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_ready(port, log)
        yield
    finally:
        _stop(server)


def _wait_until_ready(port: int, log: Path) -> None:
    try:
        wait_for(lambda: _answers(port), "server", 30)
    except TooLateError as error:
        raise TooLateError(f"{error} It says:\n{log.read_text()}") from None


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(server: subprocess.Popen[bytes]) -> None:
    try:
        # Ends its input. Some servers wait for their clients' idle connections, which stay open till the end.
        server.communicate(timeout=2)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()

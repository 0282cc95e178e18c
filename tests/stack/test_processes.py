"""Tests of the servers that other tests start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import TooLateError, free_port, listening, wait_for
from tests.support.tools import ROOT

# A test run that starts a server and then stands still.
RUN = """
import os, sys
from pathlib import Path
from tests.support.processes import listening

port, folder = int(sys.argv[1]), Path(sys.argv[2])
with listening([sys.executable, "-m", "http.server", sys.argv[1]], port, folder, folder / "log", os.environ):
    print("ready", flush=True)
    sys.stdin.read()
"""


def taken(port: int) -> bool:
    """Tell whether something listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_server_ends_with_its_block(tmp_path: Path) -> None:
    """The server answers within the block and is gone after it."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port)]
    with listening(command, port, tmp_path, tmp_path / "log", os.environ):
        assert taken(port)
    assert not taken(port)


def test_no_server_outlives_a_test_run_that_was_killed(tmp_path: Path) -> None:
    """Killed without a chance to tidy up, a test run leaves no server behind."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(port), tmp_path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        assert taken(port)
        run.kill()
    assert wait_for(lambda: not taken(port), "end of the server", 30)


def test_what_is_waited_for_in_vain_is_named() -> None:
    """What does not come about in its time fails with words that say what was missing."""
    with pytest.raises(TooLateError, match="After 0 seconds there is still no bus"):
        wait_for(lambda: None, "bus", 0)

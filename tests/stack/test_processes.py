"""Tests of the servers that other tests start."""

import socket
import subprocess
import sys
from pathlib import Path

from tests.support.processes import free_port, wait_for
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

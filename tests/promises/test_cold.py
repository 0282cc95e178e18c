"""Processes that have just begun: whatever is built at first use must be built by one of them at a time."""

import subprocess
import sys

from tests.support.tools import ROOT

PROCESSES = 30


def test_no_cold_process_dies_with_several_accounts() -> None:
    """Thirty processes of five accounts, in which threads would take turns ten thousand times a second."""
    command = [sys.executable, "-m", "tests.promises.cold", str(PROCESSES)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "50\n" * PROCESSES, "")

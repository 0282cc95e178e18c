"""Processes that have just begun: whatever is built at first use must be built by one of them at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "tests.promises.cold"]
BATCHES, AT_ONCE = 15, 2


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_cold_process_dies_with_several_accounts(batch: int) -> None:
    """Thirty processes of five accounts, in which threads would take turns ten thousand times a second."""
    del batch
    running = [
        subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(AT_ONCE)
    ]
    ended = [process.communicate() for process in running]
    assert [(process.returncode, out, err) for process, (out, err) in zip(running, ended, strict=True)] == [
        (0, "50\n", "")
    ] * AT_ONCE

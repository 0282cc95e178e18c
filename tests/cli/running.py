"""The command line as a user runs it, and the Poe that it meets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch

import msgspec

from poe_budget.cli.app import main
from standins.poe_store import Row, microseconds
from standins.simulated_poe import SimulatedPoe
from tests.support.tools import ROOT

KEY = "poe-key-that-nobody-may-see"
OUTSIDE = ("POE_", "SLACK_", "AWS_")
PROGRAM = [sys.executable, "-m", "poe_budget.cli.app"]
PATH = os.pathsep.join(str(ROOT / folder) for folder in ("handler", "infra"))


class Ended(msgspec.Struct, frozen=True):
    """How a command ended: its exit status, and what it printed on stdout and on stderr."""

    status: int
    out: str
    err: str


def run(*arguments: object, **environ: str) -> Ended:
    """Run a command with this said of Poe, Slack, AWS and proxies around it; its output holds no key."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OUTSIDE) and not name.lower().endswith("_proxy")
    }
    out, err = StringIO(), StringIO()
    with patch.dict(os.environ, {**kept, **environ}, clear=True), redirect_stdout(out), redirect_stderr(err):
        status = main([str(each) for each in arguments])
    ended = Ended(status, out.getvalue(), err.getvalue())
    assert KEY not in ended.out + ended.err
    return ended


def start(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, as its script does."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env={**os.environ, "PYTHONPATH": PATH, **environ},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def one_line(ended: Ended) -> str:
    """Give the line that a command failed with: nothing else was printed."""
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    return line


@contextmanager
def served(poe: SimulatedPoe) -> Iterator[dict[str, str]]:
    """Serve a Poe, and give the environment that leads a command there."""
    with poe.serve() as url:
        yield {"POE_API_KEY": KEY, "POE_API_URL": url}


def spent(hours_ago: float, points: int, **more: Any) -> Row:
    """Give a row of the history, its query id made of its age."""
    created = microseconds(datetime.now(UTC) - timedelta(hours=hours_ago))
    return Row(creation_time=created, query_id=f"q{hours_ago}", cost_points=points, **more)


def hourly(count: int = 600, points: int = 10) -> SimulatedPoe:
    """Give a Poe with one row an hour."""
    return SimulatedPoe([spent(number + 0.5, points) for number in range(count)], keys=[KEY])

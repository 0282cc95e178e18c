"""One cold invocation under Lambda's own runtime client: a process from its start to its answer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec

from lab.bench.runtime_api import RuntimeApi, runtime_api

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS = 60.0
PATIENCE_SECONDS = 240.0
"""Under valgrind everything takes some fifty times as long."""


class Invoked(msgspec.Struct, frozen=True):
    """Seconds from the start of a process to its answer, and its seconds of CPU, user's and system's."""

    wall: float
    cpu: float


def invoked(handler: str, environ: Mapping[str, str]) -> Invoked:
    """Start a function, let it answer once and end it; raises RuntimeError where it failed."""
    with runtime_api(SECONDS) as api:
        begun = perf_counter()
        process = _started(_client(handler), environ, api)
        try:
            outcome = api.outcome(SECONDS)
            api.idle.wait(SECONDS)
        finally:
            process.kill()
            _, _, used = os.wait4(process.pid, 0)
            # It is waited for here, to learn what it used: say so to who would wait for it again.
            process.returncode = 0
    if not outcome.successful:
        raise RuntimeError(f"{handler} failed: {outcome.said.decode()}")
    return Invoked(outcome.at - begun, used.ru_utime + used.ru_stime)


def valgrind() -> str | None:
    """Find valgrind; None where this machine has none."""
    return shutil.which("valgrind")


def instructions(handler: str, environ: Mapping[str, str]) -> int:
    """Count the instructions of one invocation, its start included, with valgrind's callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind"
        asked = [str(valgrind()), "--tool=callgrind", f"--callgrind-out-file={out}", *_client(handler)]
        with runtime_api(PATIENCE_SECONDS) as api:
            process = _started(asked, environ, api)
            api.outcome(PATIENCE_SECONDS)
            api.idle.wait(PATIENCE_SECONDS)
            # A polite end: callgrind writes down what it counted.
            process.terminate()
            process.wait()
        return counted(out.read_text(encoding="utf-8"))


def counted(profile: str) -> int:
    """Read the number of instructions from what callgrind wrote; raises ValueError where there is none."""
    found = re.search(r"^(?:totals|summary): (\d+)", profile, re.MULTILINE)
    if not found:
        raise ValueError("callgrind wrote no totals")
    return int(found[1])


def _client(handler: str) -> list[str]:
    return [sys.executable, "-m", "awslambdaric", handler]


def _started(asked: Sequence[str], environ: Mapping[str, str], api: RuntimeApi) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        asked,
        env={**environ, "AWS_LAMBDA_RUNTIME_API": api.address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

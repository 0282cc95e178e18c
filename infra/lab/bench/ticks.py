"""Runs ticks and measures them: python -m lab.bench.ticks INSTANT TIMES."""

import re
import resource
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import process_time

import msgspec

from standins.ticking import SimulatedClock, quiet, simulated_tick

SECONDS = 3600.0
_KILOBYTE = 1024
_STATUS = Path("/proc/self/status")


def main(arguments: Sequence[str]) -> int:
    """Run so many ticks at an instant, and print their CPU seconds, the last answer and the peak memory."""
    clock, times = SimulatedClock(datetime.fromisoformat(arguments[0])), int(arguments[1])
    quiet()
    seconds, answer = [], {}
    for _ in range(times):
        begun = process_time()
        answer = simulated_tick(clock, SECONDS)
        seconds.append(process_time() - begun)
    said = msgspec.json.encode({"seconds": seconds, "answer": answer, "peak_bytes": peak_bytes()})
    print(said.decode())  # noqa: T201 - what this command is for
    return 0


def peak_bytes() -> int:
    """Give the most memory that this process has taken so far.

    Linux hands `ru_maxrss` down from the process that started this one; its VmHWM begins anew.
    """
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = re.search(r"^VmHWM:\s+(\d+) kB", _STATUS.read_text(encoding="utf-8"), re.MULTILINE)
    return int(found[1]) * _KILOBYTE if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

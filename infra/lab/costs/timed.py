"""The function's CPU time and memory, from infra/measured.json and from measurements of its parts."""

from math import ceil
from pathlib import Path

import msgspec

from lab.costs.lambdas import Timed

KEPT = Path(__file__).parents[2] / "measured.json"
CONTEXT_MS = 24.0
"""CPU of reading the certificates of authorities once, for a TLS connection of a client's own: measured on
2026-11-23 with those of botocore, for ticks are measured without TLS."""
FIRST_MS, LATER_MS = 150.0, 25.0
"""CPU of the first tick in a process and of each further one, without TLS, measured likewise."""
FIRST_CONTEXTS, LATER_CONTEXTS = 4, 1
"""The first tick connects to DynamoDB, SSM, Secrets Manager and Poe; each further one to Poe alone."""
COLD_MS = 400.0
"""CPU of a process from its start to the end of its first tick, without TLS, likewise."""
PEAK_MB = 60.0
"""The largest resident memory of a cold tick, likewise."""
CONTEXT_MB = 1.0
"""What the certificates of one context take of it."""
STEP_MS, STEP_MB = 50, 10
"""What the file says of one machine is rounded up to multiples of these."""
_MEMORY = "memory"
_COLD = "a cold tick with bytecode, CPU time"


class _Figure(msgspec.Struct):
    name: str
    ours: float
    part: str = ""


class _File(msgspec.Struct):
    figures: tuple[_Figure, ...] = ()


def timed(file: Path = KEPT) -> Timed:
    """Give the function's times and memory; what a cold tick takes in all, the file knows best."""
    known = msgspec.json.decode(file.read_bytes(), type=_File) if file.exists() else _File()
    cold = next((one.ours for one in known.figures if one.name.startswith(_COLD)), COLD_MS)
    peak = max((one.ours for one in known.figures if one.part == _MEMORY), default=PEAK_MB)
    return Timed(
        start_ms=ceil(cold / STEP_MS) * STEP_MS - FIRST_MS,
        first_ms=FIRST_MS + FIRST_CONTEXTS * CONTEXT_MS,
        later_ms=LATER_MS + LATER_CONTEXTS * CONTEXT_MS,
        peak_mb=ceil(peak / STEP_MB) * STEP_MB + FIRST_CONTEXTS * CONTEXT_MB,
    )

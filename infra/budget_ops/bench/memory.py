"""The memory of a tick that meets a backlog of a million entries, beside that of a quiet tick."""

from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median

from budget_ops.bench.endpoint import Deployment, running
from budget_ops.bench.figures import Figure, figure
from budget_ops.bench.worlds import TEMPLATE_CONFIG, account, settled, ticked

PART = "memory"
ENTRIES = 1_000_000
PER_SLOT = 400
"""So dense, a million entries lie within the 30 days that Poe keeps."""
ALLOWED_BYTES = 10 * 1024 * 1024
TIMES = 3
_MEGABYTE = 1024 * 1024


def measured(entries: int = ENTRIES, times: int = TIMES) -> Iterator[Figure]:
    """Measure the peak memory of a process that runs one tick: 10 MB more than a quiet one is promised."""
    now = datetime.now(UTC)
    with settled(TEMPLATE_CONFIG) as endpoint:
        quiet = [ticked(endpoint, datetime.now(UTC)).peak_bytes for _ in range(times)]
    backlog = Deployment(config=TEMPLATE_CONFIG, account=account(now, per_slot=PER_SLOT, rows=entries))
    with running(backlog) as endpoint:
        done = ticked(endpoint, now)
    if done.answer["entries"] != entries:
        raise RuntimeError(f"the tick read {done.answer['entries']} of {entries} entries")
    allowed = (median(quiet) + ALLOWED_BYTES) / _MEGABYTE
    name = f"the peak of a tick with a backlog of {entries:,} entries, against a quiet one's and 10 MB"
    yield figure(PART, name, "MB", ([done.peak_bytes / _MEGABYTE], [allowed]), 1.0)

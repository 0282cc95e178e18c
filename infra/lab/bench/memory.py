"""The memory of a tick that meets a backlog of a million entries, beside that of a quiet tick."""

from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import cast

from lab.bench.endpoint import Deployment, running
from lab.bench.figures import Figure, figure
from lab.bench.usage import Account
from lab.bench.worlds import SETTLING_TICKS, TEMPLATE_CONFIG, Ticked, settled, ticked

PART = "memory"
ENTRIES = 1_000_000
PER_SLOT = 500
"""So dense, a million entries are the usage of three weeks, within the 30 days that Poe keeps."""
ALLOWED_BYTES = 10 * 1024 * 1024
TIMES = 3
_DAYS = 2
_MEGABYTE = 1024 * 1024


def measured(entries: int = ENTRIES, times: int = TIMES) -> Iterator[Figure]:
    """Measure the peak memory of a process that runs one tick: 10 MB more than a quiet one is promised."""
    with settled(TEMPLATE_CONFIG) as endpoint:
        quiet = [ticked(endpoint, datetime.now(UTC)).peak_bytes for _ in range(times)]
    done = _after_an_outage(entries)
    allowed = (median(quiet) + ALLOWED_BYTES) / _MEGABYTE
    name = f"the peak of a tick with a backlog of {entries:,} entries, against a quiet one's and 10 MB"
    yield figure(PART, name, "MB", ([done.peak_bytes / _MEGABYTE], [allowed]), 1.0)


def _after_an_outage(entries: int) -> Ticked:
    """Run a tick that finds so many entries more than the one before it; raises where it leaves some."""
    account = Account(newest=datetime.now(UTC), per_slot=PER_SLOT, unseen=entries)
    with running(Deployment(config=TEMPLATE_CONFIG, account=account, days=_DAYS)) as endpoint:
        ticked(endpoint, account.shown, SETTLING_TICKS)
        endpoint.freeze()
        done = ticked(endpoint, account.newest)
    if not done.answer["complete"] or cast("int", done.answer["entries"]) < entries:
        raise RuntimeError(f"the tick read {done.answer['entries']} of {entries} entries")
    return done

"""How long Lambda bills an invocation for, and how that moves with its memory.

Documented: a function gets CPU in proportion to its memory, one vCPU at 1,769 MB
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html); time is billed by the millisecond,
and since 2025-08-01 the start of an environment too, for every kind of function
(https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/). While it starts, a
function has a whole vCPU whatever its memory, says a guide of AWS's own people
(https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting);
the reference does not.

Assumed: one of Graviton's vCPUs is as fast as the machine that the milliseconds were measured on; more than
one helps nothing, for Python runs on one at a time; and calls are waited for one after the other. How long an
environment stays when nothing happens is not documented: an invocation is priced as if each began cold,
unless said otherwise.
"""

from math import ceil

import msgspec

from lab.costs.assumed import AWS_MS, POE_MS, RUNTIME_MB, SPARE
from lab.costs.use import Work

FULL_VCPU_MB = 1769
MB_A_GB = 1024
SIZES = (128, 192, 256, 512, 1024, FULL_VCPU_MB)


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """CPU milliseconds and the peak memory of the function, measured on a machine like a vCPU.

    `start_ms` is from the start of the process to the handler, `first_ms` the first tick in a process,
    `later_ms` each further one, connections included; `peak_mb` the largest resident memory of a cold tick.
    """

    start_ms: float
    first_ms: float
    later_ms: float
    peak_mb: float

    def needs_mb(self, more_mb: float = 0) -> float:
        """Say what memory a tick needs, with what Lambda counts besides, and room to spare."""
        return SPARE * (self.peak_mb + RUNTIME_MB + more_mb)


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation: so many ticks, one after the other, that ask for `work` in all.

    `more_ms` is CPU that it takes besides its ticks.
    """

    timed: Timed
    work: Work
    ticks: float = 1
    cold: bool = True
    more_ms: float = 0

    def billed_ms(self, memory_mb: int) -> int:
        """Say how many milliseconds are billed at a size of memory."""
        started = self.timed.start_ms if self.cold else 0
        return ceil(started + self._computing_ms() / share(memory_mb) + self._waiting_ms())

    def gb_seconds(self, memory_mb: int) -> float:
        """Say what is billed at a size of memory."""
        return memory_mb / MB_A_GB * self.billed_ms(memory_mb) / 1000

    def _computing_ms(self) -> float:
        later = self.timed.later_ms
        return self.more_ms + later * self.ticks + (self.timed.first_ms - later if self.cold else 0)

    def _waiting_ms(self) -> float:
        return self.work.aws_calls * AWS_MS + self.work.poe_calls * POE_MS


def share(memory_mb: int) -> float:
    """Give the share of a vCPU that a single thread gets at a size of memory."""
    return min(1.0, memory_mb / FULL_VCPU_MB)

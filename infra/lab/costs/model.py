"""What a month of a deployment uses, from what single ticks use.

Of Lambda is documented: a function gets CPU in proportion to its memory, one vCPU at 1,769 MB
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html); time is billed by the millisecond,
and since 2025-08-01 the start of an environment too, for every kind of function
(https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/). While it starts, a
function has a whole vCPU whatever its memory, says a guide of AWS's own people
(https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting);
the reference does not.

Assumed: one of Graviton's vCPUs is as fast as the machine that the milliseconds were measured on; more than
one helps nothing, for Python runs on one at a time; and calls are waited for one after the other. How long an
environment stays when nothing happens is not documented: an invocation is priced as if each began cold,
unless said otherwise. All batches of a queue are taken to be full.
"""

from collections.abc import Mapping
from functools import cache
from math import ceil

import msgspec

from budget_alert.ledger.items import KEPT
from lab.bench.measured import kept
from lab.costs.prices import Amounts
from standins.memory_aws import LARGEST_SECRET

# What the template makes unless told otherwise.
MEMORY_MB, MINUTES = 256, 5
METRICS, ALARMS, DASHBOARDS = 4, 5, 1
AT_ONCE, ACCOUNTS_A_BATCH = 10, 10
"""The most batches of a queue that are worked at once, and the most messages in one of them."""

# What nobody can measure from here.
MESSAGES_A_MONTH = 100
"""A budget of three thresholds, a day, a spike and a digest send about so much."""
AWS_MS = 10.0
"""Waiting for one call of AWS in the same region, its first connection included: AWS promises single-digit
milliseconds for DynamoDB (https://aws.amazon.com/dynamodb/features/), the others take a little longer."""
POE_MS = 500.0
"""Waiting for one page of Poe over the internet. Poe says nothing about it; it is taken on the large side."""
LAMBDA_LINES = 1000
"""Bytes that Lambda itself logs of an invocation as JSON: its start, its end and its report."""
RUNTIME_MB = 40.0
"""What Lambda counts as memory used besides the process: its own runtime, and the system."""
SPARE = 1.5
"""So many times what a tick needs at its peak is to fit, because it is measured elsewhere."""
EMPTY_RECEIVES_A_MINUTE = 15.0
"""Of a queue that Lambda waits at: five long polls of twenty seconds, all day. AWS documents the polling
(https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html), not its rate; users report this one
(https://github.com/getlift/lift/issues/132)."""
KEY_BYTES = 72
"""What one account takes of the secret: its name, its key and their quotes."""

MINUTES_A_MONTH = 365 * 24 * 60 / 12
MINUTES_OF_KEY = 5
"""For so long DynamoDB keeps the key of a table that it had from KMS:
https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html"""
FULL_VCPU_MB = 1769
SIZES = (128, 192, 256, 512, 1024, FULL_VCPU_MB)
ACCOUNTS_A_SECRET = LARGEST_SECRET // KEY_BYTES
LETTERS_A_CALL, KEYS_A_READ = 10, 100
"""The most messages of SendMessageBatch, and the most items of BatchGetItem."""

# CPU and memory, measured on 2026-11-23 without TLS: of the first tick in a process and of each further one,
# and of reading the certificates of authorities once, for a TLS connection of a client's own. The first tick
# connects to DynamoDB, SSM, Secrets Manager and Poe, each further one to Poe alone.
FIRST_MS, LATER_MS, CERTIFICATES_MS, CERTIFICATES_MB = 150.0, 25.0, 24.0, 1.0
FIRST_CONNECTIONS, LATER_CONNECTIONS = 4, 1
COLD_MS, PEAK_MB = 400.0, 60.0
"""Of a cold tick, where infra/measured.json does not say."""
STEP_MS, STEP_MB = 50, 10
"""What that file says of one machine is rounded up to multiples of these."""


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """CPU milliseconds and the peak memory of the function, on a machine like a vCPU.

    `start_ms` is from the start of the process to the handler, `first_ms` the first tick in a process,
    `later_ms` each further one, connections included.
    """

    start_ms: float
    first_ms: float = FIRST_MS + FIRST_CONNECTIONS * CERTIFICATES_MS
    later_ms: float = LATER_MS + LATER_CONNECTIONS * CERTIFICATES_MS
    peak_mb: float

    @property
    def needs_mb(self) -> float:
        """What memory a tick needs, with what Lambda counts besides, and room to spare."""
        return SPARE * (self.peak_mb + RUNTIME_MB)


@cache
def timed() -> Timed:
    """Give the function's times and memory; what a cold tick takes in all, measured.json knows best."""
    cold, peak = (kept().find(name) for name in ("cold tick, CPU time", "memory with a backlog"))
    start, most = cold.ours if cold else COLD_MS, peak.ours if peak else PEAK_MB
    return Timed(
        start_ms=ceil(start / STEP_MS) * STEP_MS - FIRST_MS,
        peak_mb=ceil(most / STEP_MB) * STEP_MB + FIRST_CONNECTIONS * CERTIFICATES_MB,
    )


def work_of(used: Mapping[str, float]) -> Amounts:
    """Say what was used in the words of the prices, and how many calls there were."""
    calls = {name: number for name, number in used.items() if " " in name}
    return Amounts(
        reads=used["reads"],
        writes=used["writes"],
        secret_calls=used["secretsmanager GetSecretValue"],
        published=used["sns Publish"],
        queued=used["sqs SendMessageBatch"],
        logged=used["logged"],
        aws_calls=sum(n for name, n in calls.items() if not name.startswith(("poe ", "slack "))),
        poe_calls=used["poe GET"],
    )


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation: so many ticks, one after the other, that ask for `work` in all.

    `more_ms` is CPU that it takes besides its ticks.
    """

    work: Amounts
    ticks: float = 1
    cold: bool = True
    more_ms: float = 0
    timed: Timed = msgspec.field(default_factory=timed)

    def billed_ms(self, memory_mb: int = MEMORY_MB) -> int:
        """Say how many milliseconds are billed at a size of memory."""
        later = self.timed.later_ms
        computing = self.more_ms + later * self.ticks + (self.timed.first_ms - later if self.cold else 0)
        waiting = self.work["aws_calls"] * AWS_MS + self.work["poe_calls"] * POE_MS
        share = min(1.0, memory_mb / FULL_VCPU_MB)
        return ceil((self.timed.start_ms if self.cold else 0) + computing / share + waiting)

    def used(self, memory_mb: int = MEMORY_MB) -> Amounts:
        """Give what it uses."""
        seconds = gb_seconds(self.billed_ms(memory_mb), memory_mb)
        return self.work + Amounts(invocations=1, gb_seconds=seconds, logged=LAMBDA_LINES)


def gb_seconds(milliseconds: float, memory_mb: int = MEMORY_MB) -> float:
    """Say what is billed for milliseconds at a size of memory."""
    return memory_mb / 1024 * milliseconds / 1000


def stack(minutes: float) -> Amounts:
    """Give what a month of a stack uses, whatever its ticks do, whose table is used every so many minutes."""
    key_calls = MINUTES_A_MONTH / max(minutes, MINUTES_OF_KEY)
    return Amounts(metrics=METRICS, alarms=ALARMS, dashboards=DASHBOARDS, secrets=1, key_calls=key_calls)


def stored(day_bytes: float) -> Amounts:
    """Give what a table keeps whose days leave so many bytes, once all of its days are full."""
    return Amounts(stored=KEPT.days * day_bytes, backed_up=KEPT.days * day_bytes)


class Month(msgspec.Struct, frozen=True):
    """A month of one account's ticks, `minutes` apart, with so much memory.

    `tick` is what one of them uses, `sending` what one uses that sends a message; `day_bytes` is what a day
    leaves in the table. The day's audit is not in it: its pages are one tick of hundreds.
    """

    minutes: int
    tick: Amounts
    sending: Amounts
    day_bytes: float
    memory_mb: int = MEMORY_MB
    cold: bool = True
    timed: Timed = msgspec.field(default_factory=timed)

    @property
    def invocation(self) -> Invocation:
        """One of its ticks."""
        return Invocation(timed=self.timed, work=self.tick, cold=self.cold)

    def used(self) -> Amounts:
        """Give what the month uses."""
        ticks = (self.invocation.used(self.memory_mb) + Amounts(scheduled=1)) * (
            MINUTES_A_MONTH / self.minutes
        )
        messages = self.sending.over(self.tick) * MESSAGES_A_MONTH
        return ticks + messages + stored(self.day_bytes) + stack(self.minutes)


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """A month of many accounts: in turn by one invocation, or through a queue, in as many stacks as it takes.

    `tick` is one account's, without the secret and the config, which an invocation reads once. The sum of all
    accounts reads the cursor of every account, `changed` items of each that has spent, and asks for
    `together` by itself; that and what an invocation reads besides is assumed.
    """

    accounts: int
    tick: Amounts
    day_bytes: float
    changed: float
    queue: bool
    minutes: int = MINUTES
    timed: Timed = msgspec.field(default_factory=timed)

    INVOCATION = Amounts(secret_calls=1, aws_calls=2)
    DISPATCH = Amounts(secret_calls=1, aws_calls=1)
    TOGETHER = Amounts(reads=30, writes=40, aws_calls=6, logged=1500)
    CURSOR_MS, CHANGED_MS = 0.1, 0.5

    @property
    def stacks(self) -> int:
        """How many stacks it takes: a secret holds so many keys and no more."""
        return ceil(self.accounts / ACCOUNTS_A_SECRET)

    @property
    def batches(self) -> int:
        """How many batches a stack's queue holds each interval."""
        return ceil(self.accounts / self.stacks / ACCOUNTS_A_BATCH)

    @property
    def seconds(self) -> float:
        """How long it takes from the first account's turn to the end of the last."""
        rounds = ceil(self.batches / AT_ONCE) if self.queue else 1
        return rounds * (self._batch(cold=True) if self.queue else self._in_turn()).billed_ms() / 1000

    def used(self) -> Amounts:
        """Give what the month uses."""
        once = (self._fanned_out() if self.queue else self._in_turn().used()) + Amounts(scheduled=1)
        waiting = Amounts(queued=MINUTES_A_MONTH * EMPTY_RECEIVES_A_MINUTE if self.queue else 0)
        each = once * (MINUTES_A_MONTH / self.minutes) + stack(self.minutes) + waiting
        return each * self.stacks + stored(self.day_bytes) * (self.accounts + 1)

    def _fanned_out(self) -> Amounts:
        cold = min(self.batches, AT_ONCE)
        letters = ceil((self.accounts / self.stacks + 1) / LETTERS_A_CALL)
        work = self.DISPATCH + Amounts(queued=letters, aws_calls=letters)
        return (
            Invocation(timed=self.timed, work=work).used()
            + self._batch(cold=True).used() * cold
            + self._batch(cold=False).used() * (self.batches - cold)
            + self._summing(Amounts(), 0).used()
            # Each batch is received, and deleted.
            + Amounts(queued=(self.batches + 1) * 2)
        )

    def _batch(self, *, cold: bool) -> Invocation:
        ticks = self.accounts / self.stacks / self.batches
        work = self.tick * ticks + self.INVOCATION
        return Invocation(timed=self.timed, work=work, ticks=ticks, cold=cold)

    def _in_turn(self) -> Invocation:
        each = self.accounts / self.stacks
        return self._summing(self.tick * each, each)

    def _summing(self, before: Amounts, ticks: float) -> Invocation:
        """Give the invocation that sums all accounts, after the work of so many ticks."""
        each = self.accounts / self.stacks
        items = each * (1 + self.changed)
        summed = self.TOGETHER + Amounts(reads=items, aws_calls=ceil(items / KEYS_A_READ))
        return Invocation(
            timed=self.timed,
            work=before + summed + self.INVOCATION,
            ticks=ticks + 1,
            more_ms=each * (self.CURSOR_MS + self.changed * self.CHANGED_MS),
        )

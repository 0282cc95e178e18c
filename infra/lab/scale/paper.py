"""The limits that many accounts meet, worked out on paper from what a run of 1,000 measured.

What a limit is, its source says; `assumed` marks what no page here confirmed. A limit of a stack is met by as
many accounts as one stack has; a limit of a region by all stacks of an AWS account together.
"""

from collections.abc import Callable
from math import ceil

import msgspec

from budget_alert.deadline import MOST_RESERVED_SECONDS
from lab.costs.assumed import ACCOUNTS_A_BATCH, AT_ONCE, AWS_MS, LETTERS_A_CALL, POE_MS
from lab.costs.deployed import MEMORY_MB
from lab.costs.many import ACCOUNTS_A_SECRET, SECRET_BYTES
from lab.evaluation.tables import Sheet
from lab.scale.configs import INTERVAL
from lab.scale.deployment import MILLISECONDS

COUNTS = (1000, 10_000, 100_000)
INTERVAL_SECONDS = INTERVAL.total_seconds()
TIMEOUT_SECONDS = MILLISECONDS / 1000

# Measured by a run of 1,000 accounts and 24 rounds, seed 1; the last two with 300 that are busy all day.
TICK_SECONDS = 0.89
ALL_SECONDS = 5.0
ALL_READS = 6070
ALL_WRITES_FIRST = 3155
TICK_READS, TICK_WRITES = 3.82, 1.47
SUMMED_KB = 0.95
BUSY_SLOTS_A_DAY = 96

REST_MB = 104
"""Of the memory: the function at its peak, and what Lambda counts besides."""
CALL_SECONDS = AWS_MS / 1000
READING_SECONDS = TIMEOUT_SECONDS - MOST_RESERVED_SECONDS
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
_DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"


class Limit(msgspec.Struct, frozen=True):
    """A limit: of what, how much, who says so, and what so many accounts need."""

    what: str
    most: float
    unit: str
    source: str
    needs: Callable[[int], float]

    @property
    def binds_at(self) -> int:
        """So many accounts reach it; every need grows with their number."""
        return int(self.most / self.needs(1_000_000) * 1_000_000)


def stacks(accounts: int) -> int:
    """Say how many stacks it takes, since a secret holds so many keys."""
    return ceil(accounts / ACCOUNTS_A_SECRET)


LIMITS = (
    Limit(
        "memory of a day of all accounts, all of them busy: the sum of all holds it at once",
        MEMORY_MB - REST_MB,
        "MB",
        "the template's `MemorySize`; measured",
        lambda n: n * BUSY_SLOTS_A_DAY * SUMMED_KB / 1000,
    ),
    Limit(
        "seconds in which the sum of all asks every account for a day, one after the other",
        READING_SECONDS,
        "s",
        "the template's time limit, less what is kept; 10 ms a call, assumed",
        lambda n: n * CALL_SECONDS,
    ),
    Limit(
        "size of a secret",
        SECRET_BYTES,
        "bytes",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
        lambda n: n * SECRET_BYTES / ACCOUNTS_A_SECRET,
    ),
    Limit(
        f"seconds of a round before the sum of all begins, {AT_ONCE} batches at once",
        120,
        "s",
        "`LONGEST_DELAY` of the function",
        lambda n: n * TICK_SECONDS / AT_ONCE,
    ),
    Limit(
        f"seconds of a round, {AT_ONCE} batches at once",
        INTERVAL_SECONDS,
        "s",
        "the interval",
        lambda n: n * TICK_SECONDS / AT_ONCE,
    ),
    Limit(
        "seconds of the tick of all",
        TIMEOUT_SECONDS,
        "s",
        f"the template's time limit; Lambda's own is 900: {_LAMBDA}gettingstarted-limits.html",
        lambda n: n * ALL_SECONDS / 1000,
    ),
    Limit(
        "write units of the first tick of all, in its one partition, burst included",
        300_000,
        "units",
        f"{_DYNAMODB}bp-partition-key-design.html: 1,000 a second, and 300 s of burst",
        lambda n: n * ALL_WRITES_FIRST / 1000,
    ),
    Limit(
        "read units a second of a new table, all ticks together",
        12_000,
        "a second",
        f"{_DYNAMODB}on-demand-capacity-mode.html",
        lambda n: n * (TICK_READS + ALL_READS / 1000) / INTERVAL_SECONDS,
    ),
    Limit(
        "write units a second of a new table",
        4000,
        "a second",
        f"{_DYNAMODB}on-demand-capacity-mode.html",
        lambda n: n * TICK_WRITES / INTERVAL_SECONDS,
    ),
    Limit(
        "seconds in which the accounts are put into the queue, one call after the other",
        TIMEOUT_SECONDS,
        "s",
        "10 ms a call, assumed",
        lambda n: n / LETTERS_A_CALL * CALL_SECONDS,
    ),
    Limit(
        "concurrent executions of a region",
        1000,
        "at once",
        f"{_LAMBDA}gettingstarted-limits.html",
        lambda n: n * TICK_SECONDS / INTERVAL_SECONDS,
    ),
    Limit(
        "questions for the config a second, in a region",
        40,
        "a second",
        "https://docs.aws.amazon.com/general/latest/gr/ssm.html, assumed",
        lambda n: n / ACCOUNTS_A_BATCH / INTERVAL_SECONDS,
    ),
    Limit(
        "questions for the secret a second, in a region",
        10_000,
        "a second",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
        lambda n: n / ACCOUNTS_A_BATCH / INTERVAL_SECONDS,
    ),
    Limit(
        "messages of a queue that are being worked at",
        120_000,
        "messages",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
        lambda n: n,
    ),
    Limit(
        "messages to Slack in an interval, if every account tells one",
        INTERVAL_SECONDS,
        "messages",
        "https://docs.slack.dev/apis/web-api/rate-limits: one a second",
        lambda n: n,
    ),
)
"""Of a stack, or of a region where it says so."""


def limits() -> Sheet:
    """Give the table of limits, those that bind first on top."""
    rows = [
        (
            one.what,
            f"{one.most:,.0f} {one.unit}",
            *(_short(one.needs(count)) for count in COUNTS),
            f"{one.binds_at:,}",
            one.source,
        )
        for one in sorted(LIMITS, key=lambda one: one.binds_at)
    ]
    heads = ("Limit", "It is", *(f"{count:,} need" for count in COUNTS), "Binds at", "Source")
    return Sheet("Limits, if one stack had all accounts", heads, rows)


def days_a_tick(accounts: int) -> int:
    """Say of how many days the tick of all can ask every account, before its time is up."""
    return int(READING_SECONDS / (accounts * CALL_SECONDS))


def mails_a_second() -> float:
    """Say how many accounts a second can tell at most, each in a mail of its own."""
    return AT_ONCE / TICK_SECONDS


def pages_a_tick() -> int:
    """Say how many pages of a backlog one account's share of a batch has time for."""
    seconds = TIMEOUT_SECONDS / ACCOUNTS_A_BATCH
    return int((seconds - seconds / 3) / (POE_MS / 1000))


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= LETTERS_A_CALL else f"{number:.2g}"

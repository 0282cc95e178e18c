"""The limits that many accounts meet, worked out on paper from what a run of 1,000 measured.

A limit of a stack is met by as many accounts as one stack has; a limit of a region by all stacks of an AWS
account together. Where each stands is said in infra/docs/scale.md.
"""

import msgspec

from budget_alert.deadline import MOST_RESERVED_SECONDS
from lab.costs.model import (
    ACCOUNTS_A_BATCH,
    ACCOUNTS_A_SECRET,
    AT_ONCE,
    AWS_MS,
    LETTERS_A_CALL,
    MEMORY_MB,
)
from lab.scale.accounts import INTERVAL
from lab.scale.deployment import MILLISECONDS
from lab.tables import Sheet
from standins.memory_aws import LARGEST_SECRET

INTERVAL_SECONDS = INTERVAL.total_seconds()
TIMEOUT_SECONDS = MILLISECONDS / 1000
CALL_SECONDS = AWS_MS / 1000
# Measured by a run of 1,000 accounts and 24 rounds, seed 1; the size with 300 that are busy all day.
TICK_SECONDS, ALL_SECONDS = 0.89, 4.7
TICK_READS, TICK_WRITES = 3.82, 1.48
ALL_READS, ALL_WRITES_FIRST = 6100, 3408
SUMMED_MB, SLOTS_A_DAY = 0.00095, 96
_ROUNDING = 1e-6
REST_MB = 104
"""Of the memory: the function at its peak, and what Lambda counts besides."""


class Limit(msgspec.Struct, frozen=True):
    """A limit: of what, how much, and what each account needs of it."""

    what: str
    most: float
    unit: str
    each: float

    @property
    def binds_at(self) -> int:
        """So many accounts reach it."""
        return int(self.most / self.each + _ROUNDING)


LIMITS = (
    Limit("memory of a day of all accounts", MEMORY_MB - REST_MB, "MB", SLOTS_A_DAY * SUMMED_MB),
    Limit("asking all for a day", TIMEOUT_SECONDS - MOST_RESERVED_SECONDS, "s", CALL_SECONDS),
    Limit("size of a secret", LARGEST_SECRET, "bytes", LARGEST_SECRET / ACCOUNTS_A_SECRET),
    Limit("a round until the sum of all", 120, "s", TICK_SECONDS / AT_ONCE),
    Limit("a round", INTERVAL_SECONDS, "s", TICK_SECONDS / AT_ONCE),
    Limit("the tick of all", TIMEOUT_SECONDS, "s", ALL_SECONDS / 1000),
    Limit("writes of the first tick of all", 300_000, "units", ALL_WRITES_FIRST / 1000),
    Limit("reads of a new table", 12_000, "a second", (TICK_READS + ALL_READS / 1000) / INTERVAL_SECONDS),
    Limit("writes of a new table", 4000, "a second", TICK_WRITES / INTERVAL_SECONDS),
    Limit("filling the queue", TIMEOUT_SECONDS, "s", CALL_SECONDS / LETTERS_A_CALL),
    Limit("concurrency of a region", 1000, "at once", TICK_SECONDS / INTERVAL_SECONDS),
    Limit("questions for the config", 40, "a second", 1 / ACCOUNTS_A_BATCH / INTERVAL_SECONDS),
    Limit("questions for the secret", 10_000, "a second", 1 / ACCOUNTS_A_BATCH / INTERVAL_SECONDS),
    Limit("messages that are being worked at", 120_000, "messages", 1),
    Limit("messages to Slack in an interval", INTERVAL_SECONDS, "messages", 1),
)


def limits() -> Sheet:
    """Give the table of limits, those that bind first on top."""
    rows = [
        (one.what, f"{one.most:,.0f} {one.unit}", _short(one.each * 1000), f"{one.binds_at:,}")
        for one in sorted(LIMITS, key=lambda one: one.binds_at)
    ]
    heads = ("Limit", "It is", "1,000 accounts need", "Binds at")
    return Sheet("Limits, if one stack had all accounts", heads, rows)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"  # noqa: PLR2004 - two digits

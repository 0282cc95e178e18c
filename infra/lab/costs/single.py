"""A month of one account."""

import msgspec

from budget_alert.ledger.items import KEPT
from lab.costs.assumed import LAMBDA_LINES, MESSAGES_A_MONTH, POE_BYTES
from lab.costs.lambdas import Invocation, Timed
from lab.costs.use import Use, Work

MINUTES_A_MONTH = 365 * 24 * 60 / 12
GB = 1024**3
DECIMAL_GB = 1e9
MINUTES_OF_KEY = 5
"""For so long DynamoDB keeps the key of a table that it had from KMS:
https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html"""


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """What a stack keeps, whatever its ticks do: secrets, metrics, alarms and dashboards."""

    metrics: int
    alarms: int
    dashboards: int
    secrets: int = 1

    def use(self, minutes: int) -> Use:
        """Give what a month of it uses whose table is used every so many minutes."""
        kept = {name: getattr(self, name) for name in self.__struct_fields__}
        return Use(key_calls=MINUTES_A_MONTH / max(minutes, MINUTES_OF_KEY), **kept)


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month of ticks, `minutes` apart, with so much memory.

    `tick` is what one of them uses, `telling` what one uses that sends a message; `day_bytes` is what a day
    leaves in the table. The day's audit is not in it: its pages are one tick of hundreds.
    """

    minutes: int
    memory_mb: int
    tick: Work
    telling: Work
    day_bytes: float
    timed: Timed
    stack: Stack
    cold: bool = True

    def use(self) -> Use:
        """Give what the month uses."""
        ticks = MINUTES_A_MONTH / self.minutes
        usual = self.tick + Work(logged=LAMBDA_LINES)
        work = usual * ticks + self.telling.over(self.tick) * MESSAGES_A_MONTH
        one = Invocation(timed=self.timed, work=self.tick, cold=self.cold)
        seconds = Use(invocations=ticks, scheduled=ticks, gb_seconds=ticks * one.gb_seconds(self.memory_mb))
        return charged(work) + seconds + stored(self.day_bytes) + self.stack.use(self.minutes)


def charged(work: Work) -> Use:
    """Give what is charged of work, but for the time that it takes; every message is mailed to one."""
    return Use(
        reads=work.reads,
        writes=work.writes,
        secret_calls=work.secret_calls,
        published=work.published,
        mails=work.published,
        queued=work.queued,
        logged_gb=work.logged / GB,
        sent_gb=work.poe_calls * POE_BYTES / DECIMAL_GB,
    )


def stored(day_bytes: float) -> Use:
    """Give what a table keeps whose days leave so many bytes, once all of its days are full."""
    size = KEPT.days * day_bytes / GB
    return Use(stored_gb=size, backed_up_gb=size)

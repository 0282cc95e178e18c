"""What a month costs: what ticks were seen to ask of AWS, times AWS's prices."""

from collections.abc import Mapping

import msgspec

MINUTES_A_MONTH = 365 * 24 * 60 / 12
MESSAGES_A_MONTH = 100
SECONDS_A_TICK = 3.0
MEMORY_GB = 0.25
LINES_OF_LAMBDA = 1000
DAYS_KEPT = 400
GB = 1024**3

# The public prices of us-east-1 in 2026, in dollars.
INVOCATION = 0.20 / 1e6
GB_SECOND = 0.0000133334  # on arm64
SCHEDULED = 1.00 / 1e6
READ_UNIT = 0.125 / 1e6
WRITE_UNIT = 0.625 / 1e6
STORED_GB = 0.25
BACKED_UP_GB = 0.20
KEY_CALL = 0.03 / 1e4
SECRET = 0.40
SECRET_CALL = 0.05 / 1e4
MAIL = 2.00 / 1e5
LOGGED_GB = 0.50
METRIC = 0.30
ALARM = 0.10
DASHBOARD = 3.00


class Monitoring(msgspec.Struct, frozen=True, kw_only=True):
    """How many metrics, alarms and dashboards CloudWatch keeps for a stack."""

    metrics: int
    alarms: int
    dashboards: int

    def is_free(self) -> bool:
        """Tell whether an account that keeps no others pays nothing for them."""
        return (
            self.metrics <= FREE_METRICS and self.alarms <= FREE_ALARMS and self.dashboards <= FREE_DASHBOARDS
        )

    def price(self) -> float:
        """Say what a month costs in an account that has used up what is free."""
        return self.metrics * METRIC + self.alarms * ALARM + self.dashboards * DASHBOARD


class Free(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a month is free."""

    invocations: float = 0
    gb_seconds: float = 0
    schedule: float = 0
    stored_gb: float = 0
    key_calls: float = 0
    mails: float = 0
    logged_gb: float = 0


FREE_METRICS = FREE_ALARMS = 10
FREE_DASHBOARDS = 3
NOTHING_FREE = Free()
# What AWS gives every account, every month, for ever; its offers for new accounts are not among it.
FREE_TIERS = Free(
    invocations=1e6,
    gb_seconds=400_000,
    schedule=14e6,
    stored_gb=25,
    key_calls=20_000,
    mails=1000,
    logged_gb=5,
)


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars a month, by service."""

    compute: float
    table: float
    secret: float
    mails: float
    log: float

    @property
    def total(self) -> float:
        """The sum."""
        return self.compute + self.table + self.secret + self.mails + self.log


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month of ticks, `minutes` apart.

    `tick` is what one of them uses, `telling` what one uses that sends a message, in the words of the meter;
    `day_bytes` is what a day leaves in the table. How long Lambda bills a tick for, start included, and what
    Lambda logs for it, are no measurements but estimates on the large side.
    """

    minutes: int
    tick: Mapping[str, float]
    telling: Mapping[str, float]
    day_bytes: float

    def bill(self, free: Free = NOTHING_FREE) -> Bill:
        """Say what the month costs where so much of it is free."""
        ticks = MINUTES_A_MONTH / self.minutes
        stored = DAYS_KEPT * self.day_bytes / GB
        return Bill(
            compute=_over(ticks, free.invocations) * INVOCATION
            + _over(ticks * SECONDS_A_TICK * MEMORY_GB, free.gb_seconds) * GB_SECOND
            + _over(ticks, free.schedule) * SCHEDULED,
            table=self._used("reads") * READ_UNIT
            + self._used("writes") * WRITE_UNIT
            + _over(stored, free.stored_gb) * STORED_GB
            + stored * BACKED_UP_GB
            # DynamoDB asks for the key of the table again when it has not been used for five minutes.
            + _over(ticks, free.key_calls) * KEY_CALL,
            secret=SECRET + self._used("secrets") * SECRET_CALL,
            mails=_over(self._used("published"), free.mails) * MAIL,
            log=_over((self._used("logged") + ticks * LINES_OF_LAMBDA) / GB, free.logged_gb) * LOGGED_GB,
        )

    def _used(self, what: str) -> float:
        usual = self.tick.get(what, 0)
        more = max(0, self.telling.get(what, 0) - usual)
        return MINUTES_A_MONTH / self.minutes * usual + MESSAGES_A_MONTH * more


def _over(amount: float, free: float) -> float:
    return max(0, amount - free)

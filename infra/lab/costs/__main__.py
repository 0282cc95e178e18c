"""Prints what a deployment costs a month: python -m lab.costs.

Calls and bytes are measured anew, which takes some seconds; times and memory are those that were measured
last. What is assumed stands, each with its reason, in `model`.
"""

from collections.abc import Iterator

import msgspec

from lab.bench.deployment import TEMPLATE_CONFIG
from lab.bench.measured import ROOT
from lab.costs.model import MEMORY_MB, MESSAGES_A_MONTH, MINUTES, SIZES, Fleet, Month, Timed, timed
from lab.costs.observed import INTERVALS, Seen, observed
from lab.costs.prices import ALWAYS, MONITORING, Amounts, Service, bill, dollars, total
from lab.tables import Sheet, show

IN_TURN = 10
COUNTS = (IN_TURN, 1000, 10_000)
SPARED = Amounts(secret_calls=1, aws_calls=2)
"""What an account's tick is spared where an invocation has read the secret and the config for all."""
CHANGED = 3
"""Of an account that spends without pause: the quarter hour of now, often the one before, and the day."""
SHOWN = {"Lambda": Service.COMPUTE, "DynamoDB": Service.TABLE, "Secret": Service.SECRET}


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured: with the template's config and with the example's, and the time that it takes."""

    default: Seen
    example: Seen
    timed: Timed

    def busy(self, minutes: int = MINUTES, memory_mb: int = MEMORY_MB, *, cold: bool = True) -> Month:
        """Give a month of an account that asks something every minute, with the template's config."""
        return msgspec.structs.replace(self.month(self.default, minutes), memory_mb=memory_mb, cold=cold)

    def month(self, seen: Seen, minutes: int = MINUTES) -> Month:
        """Give a month of a busy account."""
        return Month(
            minutes=minutes,
            tick=seen.busy[minutes],
            sending=seen.sending,
            day_bytes=seen.day_bytes,
            timed=self.timed,
        )

    def idle(self) -> Month:
        """Give a month of an account that asks nothing, and is sent as much as the other."""
        return msgspec.structs.replace(self.month(self.default), tick=self.default.idle, day_bytes=0)

    def fleet(self, accounts: int, *, busy: bool) -> Fleet:
        """Give a month of many accounts, all of them busy or all of them idle, with the template's config."""
        return Fleet(
            accounts=accounts,
            tick=(self.default.busy[MINUTES] if busy else self.default.idle).over(SPARED),
            day_bytes=self.default.day_bytes if busy else 0,
            timed=self.timed,
            changed=CHANGED if busy else 0,
            queue=accounts > IN_TURN,
        )


def measured() -> Model:
    """Measure what ticks use, with the template's config and with the example's."""
    example = (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")
    return Model(default=observed(TEMPLATE_CONFIG), example=observed(example), timed=timed())


def intervals(model: Model) -> Sheet:
    """Set the intervals beside each other for a busy account; then an idle one, and the example's config."""
    months = {_minutes(one): model.busy(one) for one in sorted(INTERVALS)}
    months |= {"5 min, idle": model.idle(), "5 min, example": model.month(model.example)}
    rows = []
    for name, month in months.items():
        used = month.used()
        lines = [bill(used)[service] for service in SHOWN.values()]
        rows.append(
            [name, *map(dollars, [*lines, *(total(used, free) for free in (MONITORING, ALWAYS, ()))])]
        )
    title = f"Dollars a month of one account, {MESSAGES_A_MONTH} messages in it"
    return Sheet(title, ("Every", *SHOWN, "Sum", "Free tiers", "Used up"), rows)


def memory(model: Model) -> Sheet:
    """Set the sizes of memory beside each other, for a busy account at the default interval."""
    rows = []
    for size in SIZES:
        months = [model.busy(memory_mb=size, cold=cold) for cold in (True, False)]
        billed = [f"{month.invocation.billed_ms(size):,} ms" for month in months]
        spent = [dollars(bill(month.used())[Service.COMPUTE]) for month in months]
        rows.append([f"{size:,} MB" + (" (default)" if size == MEMORY_MB else ""), *billed, *spent])
    title = f"Lambda alone, every {MINUTES} minutes; a tick needs {model.timed.needs_mb:.0f} MB"
    return Sheet(title, ("Memory", "Cold tick", "Warm tick", "All cold", "All warm"), rows)


def fleets(model: Model) -> Sheet:
    """Set numbers of accounts beside each other, all of them idle and all of them busy."""
    rows = []
    for count in COUNTS:
        for busy in (False, True):
            fleet = model.fleet(count, busy=busy)
            less = total(fleet.used(), ALWAYS)
            name = f"{count:,} {'busy' if busy else 'idle'}"
            rows.append(
                [name, str(fleet.stacks), f"{fleet.seconds:.0f} s", dollars(less), f"${less / count:.3f}"]
            )
    title = f"Dollars a month of many accounts, every {MINUTES} minutes"
    return Sheet(title, ("Accounts", "Stacks", "Takes", "With AWS's free tiers", "Each"), rows)


def sheets(model: Model) -> Iterator[Sheet]:
    """Give all tables."""
    yield intervals(model)
    yield memory(model)
    yield fleets(model)


def _minutes(minutes: int) -> str:
    return f"{minutes} min" + (" (default)" if minutes == MINUTES else "")


if __name__ == "__main__":
    show(sheets(measured()))

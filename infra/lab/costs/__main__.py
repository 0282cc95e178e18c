"""Prints what a deployment costs a month: python -m lab.costs.

Calls and bytes are measured anew, which takes some seconds; times and memory are those that were measured
last. What is assumed stands, each with its reason, in `model`.
"""

from lab.bench.deployment import TEMPLATE_CONFIG
from lab.bench.measured import ROOT
from lab.costs.model import MEMORY_MB, MESSAGES_A_MONTH, MINUTES, SIZES, timed
from lab.costs.observed import IN_TURN, INTERVALS, Seen, observed
from lab.costs.prices import ALWAYS, MONITORING, Service, bill, dollars, total
from lab.tables import Sheet, show

COUNTS = (IN_TURN, 1000, 10_000)
SHOWN = {"Lambda": Service.COMPUTE, "DynamoDB": Service.TABLE, "Secret": Service.SECRET}


def measured() -> tuple[Seen, Seen]:
    """Measure what ticks use, with the template's config and with the example's."""
    example = (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")
    return observed(TEMPLATE_CONFIG), observed(example)


def intervals(default: Seen, example: Seen) -> Sheet:
    """Set the intervals beside each other for a busy account; then an idle one, and the example's config."""
    months = {_minutes(one): default.month(one) for one in sorted(INTERVALS)}
    months |= {"5 min, idle": default.idle_month(), "5 min, example": example.month()}
    rows = []
    for name, month in months.items():
        used = month.used()
        lines = [bill(used)[service] for service in SHOWN.values()]
        rows.append(
            [name, *map(dollars, [*lines, *(total(used, free) for free in (MONITORING, ALWAYS, ()))])]
        )
    title = f"Dollars a month of one account, {MESSAGES_A_MONTH} messages in it"
    return Sheet(title, ("Every", *SHOWN, "Sum", "Free tiers", "Used up"), rows)


def memory(default: Seen) -> Sheet:
    """Set the sizes of memory beside each other, for a busy account at the default interval."""
    rows = []
    for size in SIZES:
        months = [default.month(memory_mb=size, cold=cold) for cold in (True, False)]
        billed = [f"{month.invocation.billed_ms(size):,} ms" for month in months]
        spent = [dollars(bill(month.used())[Service.COMPUTE]) for month in months]
        rows.append([f"{size:,} MB" + (" (default)" if size == MEMORY_MB else ""), *billed, *spent])
    title = f"Lambda alone, every {MINUTES} minutes; a tick needs {timed().needs_mb:.0f} MB"
    return Sheet(title, ("Memory", "Cold tick", "Warm tick", "All cold", "All warm"), rows)


def fleets(default: Seen) -> Sheet:
    """Set numbers of accounts beside each other, all of them idle and all of them busy."""
    rows = []
    for count in COUNTS:
        for busy in (False, True):
            fleet = default.fleet(count, busy=busy)
            less = total(fleet.used(), ALWAYS)
            name = f"{count:,} {'busy' if busy else 'idle'}"
            rows.append(
                [name, str(fleet.stacks), f"{fleet.seconds:.0f} s", dollars(less), f"${less / count:.3f}"]
            )
    title = f"Dollars a month of many accounts, every {MINUTES} minutes"
    return Sheet(title, ("Accounts", "Stacks", "Takes", "With AWS's free tiers", "Each"), rows)


def sheets(default: Seen, example: Seen) -> list[Sheet]:
    """Give all tables."""
    return [intervals(default, example), memory(default), fleets(default)]


def _minutes(minutes: int) -> str:
    return f"{minutes} min" + (" (default)" if minutes == MINUTES else "")


if __name__ == "__main__":
    show(sheets(*measured()))

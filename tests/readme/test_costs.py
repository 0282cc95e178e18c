from collections import Counter
from collections.abc import Iterator

import pytest

from tests.readme.costs import (
    DAYS_KEPT,
    FREE_TIERS,
    MEMORY_GB,
    MESSAGES_A_MONTH,
    NOTHING_FREE,
    SECONDS_A_TICK,
    Bill,
    Monitoring,
    Month,
)
from tests.readme.measured import INTERVALS, Measured, measured
from tests.readme.pages import section, table
from tests.stack.deployed import Deployed, source

# One worker measures once for all tests.
pytestmark = pytest.mark.xdist_group("readme-costs")
TEMPLATE = source()
FUNCTION = TEMPLATE["Resources"]["Function"]["Properties"]
DEFAULT = TEMPLATE["Parameters"]["IntervalMinutes"]["Default"]
COSTS = section("## What it costs")


@pytest.fixture(scope="module")
def seen() -> Iterator[Measured]:
    """Give what ticks were seen to use."""
    with pytest.MonkeyPatch.context() as patched:
        yield measured(patched)


def busy(seen: Measured, minutes: int) -> Month:
    """Return a month of a busy account."""
    return Month(minutes=minutes, tick=seen.busy[minutes], telling=seen.telling, day_bytes=seen.day_bytes)


def idle(seen: Measured) -> Month:
    """Return a month of an account that asks nothing, at the default interval."""
    return Month(minutes=DEFAULT, tick=seen.idle, telling=seen.idle, day_bytes=0)


def row(minutes: int, bill: Bill, less: Bill) -> list[str]:
    """Return a row of the table: the services, all of them, and all of them with the free tiers."""
    interval = f"{minutes} minute{'s' if minutes > 1 else ''}"
    amounts = bill.compute, bill.table, bill.secret, bill.mails, bill.log, bill.total, less.total
    return [interval + (" (default)" if minutes == DEFAULT else ""), *map(dollars, amounts)]


def written(rows: list[list[str]]) -> str:
    """Return rows as they stand in the README, so that a difference shows what to put there."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def dollars(amount: float) -> str:
    """Return an amount to the cent."""
    return f"${amount:.2f}"


def test_the_table_is_what_the_measured_calls_cost(seen: Measured) -> None:
    """Each number is what the ticks were seen to use times AWS's prices, to the cent."""
    months = [busy(seen, minutes) for minutes in sorted(INTERVALS)]
    rows = [row(month.minutes, month.bill(), month.bill(FREE_TIERS)) for month in months]
    assert written(table(COSTS, "Interval")) == written(rows)


def test_an_idle_account_costs_what_is_said(seen: Measured) -> None:
    """The sentence about an idle account names its costs, without the free tiers and with them."""
    less, more = (dollars(idle(seen).bill(free).total) for free in (FREE_TIERS, NOTHING_FREE))
    sentence = f"An idle account costs {more} at the default interval, {less} with the free tiers."
    assert sentence in " ".join(COSTS.split())


def test_the_default_costs_under_a_dollar(seen: Measured) -> None:
    """At the default interval a busy account pays less than a dollar a month, nothing being free."""
    assert busy(seen, DEFAULT).bill().total < 1


def test_the_monitoring_is_free_as_is_said(seen: Measured) -> None:
    """Metrics, alarms and dashboards are as many as is said, and few enough to be free by themselves."""
    made = Deployed().observability().resources().values()
    kinds = Counter(resource["Type"].rpartition("::")[2] for resource in made)
    kept = Monitoring(metrics=seen.metrics, alarms=kinds["Alarm"], dashboards=kinds["Dashboard"])
    said = " ".join(COSTS.split())
    assert f"{kept.metrics} metrics, {kept.alarms} alarms and {kept.dashboards} dashboard," in said
    assert f"they cost {dollars(kept.price())}." in said
    assert kept.is_free()


def test_a_tick_asks_for_as_little_as_the_prices_assume(seen: Measured) -> None:
    """Each tick reads the secret once, and a tick that tells publishes one message."""
    assert {used["secrets"] for used in [*seen.busy.values(), seen.idle, seen.telling]} == {1}
    assert seen.telling["published"] == 1
    assert all(used.get("published", 0) == 0 for used in [*seen.busy.values(), seen.idle])


def test_the_assumptions_are_those_of_the_stack_and_of_the_page() -> None:
    """The memory priced is the template's; what is only assumed is said."""
    assert FUNCTION["MemorySize"] == MEMORY_GB * 1024
    said = " ".join(COSTS.split())
    assert f"{MESSAGES_A_MONTH} messages a month" in said
    assert f"bills {SECONDS_A_TICK:.0f} seconds" in said
    assert f"{DAYS_KEPT} days" in said

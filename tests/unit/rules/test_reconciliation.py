"""Whatever is spent, granted, refunded or listed late: only what the history never explains is a number."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, strategies as st

from budget_alert.instants import slot_of
from budget_alert.rules.reconciliation import Reconciliation, noted
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.slots import RecordedUsage, Span, by_day, day_from, needs
from budget_alert.usage.totals import Totals
from tests.support.account import DAY, HOUR, MINUTE
from tests.support.histories import START, entry

TICK = 5 * MINUTE
Row = tuple[int, int, int]
"""The tick at which a query was created, its points, and the tick from which on it is listed."""


def run(
    ticks: int, falls: dict[int, int], rows: Iterable[Row], grant: timedelta | None = None
) -> Reconciliation:
    """Follow a balance that falls in some ticks, beside a history of rows, tick after tick."""
    known, left = None, 10_000_000
    for tick in range(ticks):
        left -= falls.get(tick, 0)
        now = START + tick * TICK
        balance = PoeBalance(points=left, next_monthly_grant=START + grant if grant else None)
        known = noted(known, balance, now)
        if spans := known.due(now):
            known = known.compared(listed(rows, tick, spans), now)
    assert known is not None
    return known


def listed(rows: Iterable[Row], tick: int, spans: Iterable[Span]) -> RecordedUsage:
    """Give the usage that is listed in a tick, as far as it is read for some spans."""
    slots: dict[datetime, Totals] = {}
    for created, points, since in rows:
        if since <= tick:
            at = START + created * TICK
            slots[slot_of(at)] = slots.get(slot_of(at), Totals()) + Totals.of([entry(at, points)])
    (first, last), edges = needs(spans)
    days = {day: day_from(within, day) for day, within in by_day(slots) if first <= day < last}
    read = {slot: one for slot, one in slots.items() if any(start <= slot < end for start, end in edges)}
    return RecordedUsage(days, read, edges)


spending = st.lists(st.integers(0, 500), min_size=60, max_size=80)


@given(spending, st.integers(0, 12))
@example([1] * 13 + [0] * 47, 1)
def test_what_is_listed_within_an_hour_is_explained(spent: list[int], late: int) -> None:
    """Where history and balance agree nothing is unexplained, though costs land later in the one."""
    rows = [(tick, points, tick + late) for tick, points in enumerate(spent)]
    assert run(len(spent), dict(enumerate(spent)), rows).unexplained == 0


PASTS: dict[str, tuple[int, dict[int, int], list[Row], timedelta | None, int]] = {
    "too early to say": (12, {10: 700}, [], None, 0),
    "vanished": (50, {10: 700}, [], None, 700),
    "vanished, and stays so": (200, {10: 700}, [], None, 700),
    "more was spent than the balance fell by": (70, {}, [(20, 40, 20)], None, -40),
    "listed hours later": (120, {10: 700}, [(10, 700, 60)], None, 0),
    "a grant, which makes a new baseline": (200, {10: 700}, [], 10 * HOUR, 0),
    "a balance that rises, which does so too": (200, {10: 700, 111: -5_000}, [], None, 0),
    "a refund": (200, {10: 700, 111: -50}, [(10, 700, 10), (111, -50, 111)], None, 0),
    "a month without a grant": (31 * 288 + 5, {10: 700}, [], None, 0),
}


@pytest.mark.parametrize(("ticks", "falls", "rows", "grant", "unexplained"), PASTS.values(), ids=PASTS)
def test_only_what_the_history_never_explains_is_a_number(
    ticks: int, falls: dict[int, int], rows: list[Row], grant: timedelta | None, unexplained: int
) -> None:
    """From two hours on, and until the next grant."""
    assert run(ticks, falls, rows, grant).unexplained == unexplained


def test_a_quiet_account_changes_nothing() -> None:
    """Where nothing moves, what is remembered stays the same, and need not be written."""
    balance = PoeBalance(points=100)
    known = noted(None, balance, START)
    assert noted(known, balance, START + DAY) == known
    assert (known.due(START + HOUR - TICK), len(known.due(START + HOUR))) == ((), 3)

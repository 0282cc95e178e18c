"""The month of real usage in infra/standins/data as a history, for tests, the benchmark and the README."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from budget_alert.poe.wire import parse_page
from budget_alert.usage.entries import Entry
from poe_budget.past.history import History, slots_of
from standins.history import HOURS, month
from standins.poe_store import Row

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
_AT_ONCE = 1_000
_FOR_EVER = 2**63 - 1


def sample(one_in: int = 100, hours: range = range(HOURS), begin: datetime = BEGIN) -> History:
    """Give a part of the month, thinned as `month` does, as it looks once all has landed."""
    made = month(begin, one_in=one_in, hours=hours)
    entries = tuple(entries_of(made.rows))
    return History(
        source=f"a month of real usage, {made.thinned}",
        start=begin + timedelta(hours=hours.start),
        end=begin + timedelta(hours=hours.stop),
        slots=slots_of(entries),
        entries=entries,
    )


def entries_of(rows: Iterable[Row]) -> Iterator[Entry]:
    """Read rows as the function does once all has landed; oldest first where they are."""
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        yield from parse_page(msgspec.json.encode({"data": [row.shown(_FOR_EVER) for row in some]})).entries

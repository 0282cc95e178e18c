"""When a budget's window reached so many points, as exactly as the history tells."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile

from budget_alert.config.periods import Window
from budget_alert.instants import SLOT, from_micros, to_micros
from budget_alert.usage.entries import Entry, Query
from budget_alert.usage.totals import Dimensions
from poe_budget.backtest.curves import At
from poe_budget.backtest.series import Matches


def reached(
    curve: Iterable[At], level: int, entries: Sequence[Entry] | None, matches: Matches
) -> datetime | None:
    """Tell when a curve first stood at `level` or above; None where it never did.

    That is when the entry was created that made it so, or, where there are only quarter hours, the end of
    its quarter hour.
    """
    found = next((at for at in curve if at[1] >= level), None)
    if found is None or entries is None:
        return found[0] if found else None
    return _created(*found, level, entries, matches)


def going_on(curve: Iterable[At], window: Window, threshold: int) -> Iterator[At]:
    """Give a rolling budget's curve from a window that reached a threshold to where it falls below it."""
    later = (at for at in curve if at[0] >= window.end)
    return takewhile(lambda at: at[1] >= threshold, later)


def _created(end: datetime, points: int, level: int, entries: Sequence[Entry], matches: Matches) -> datetime:
    """Find the entry within the quarter hour up to `end`, at whose end there were `points`."""
    first, last = (bisect_left(entries, to_micros(at), key=_creation) for at in (end - SLOT, end))
    counted = [entry for entry in entries[first:last] if matches(part_of(entry))]
    so_far = points - sum(entry.points for entry in counted)
    for entry in counted:
        so_far += entry.points
        if so_far >= level:
            return from_micros(entry.created)
    # No entry made it so: a refund has left a rolling window, at the moment when this quarter hour began.
    return end - SLOT


def _creation(entry: Entry) -> int:
    return entry.created


def part_of(entry: Entry | Query) -> Dimensions:
    """Tell what a query's points can be told apart by."""
    return Dimensions(entry.bot, entry.usage_type, entry.api_key)

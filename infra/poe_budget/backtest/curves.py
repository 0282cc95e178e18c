"""How a budget's windows filled, quarter hour by quarter hour, and when one reached a level."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from operator import attrgetter
from typing import TypeAlias

import msgspec

from budget_alert.config.billing import Billing, Cycle
from budget_alert.config.periods import Rolling, Window, rolling_window, windows_between
from budget_alert.config.schema import Budget
from budget_alert.instants import SLOT, from_micros, slot_end, slot_of, to_micros
from budget_alert.usage.entries import Entry
from budget_alert.usage.slots import Span
from budget_alert.usage.totals import dimensions_of
from poe_budget.backtest.counted import Matches

Points: TypeAlias = Callable[[datetime, datetime], int]
"""Adds up what a budget counts of [start, end), two quarter-hour instants."""
At: TypeAlias = tuple[datetime, int]


class Curve(msgspec.Struct, frozen=True):
    """One window of a budget: its points so far at the end of each quarter hour.

    Of a rolling budget there is one curve: at each quarter hour, the points of the window that ends there.
    """

    window: Window
    points: tuple[At, ...]

    @property
    def most(self) -> int:
        """The highest that it came to; 0 where it never left the ground."""
        return max((points for _, points in self.points), default=0)


def curves(budget: Budget, points: Points, span: Span, cycles: Sequence[Cycle] = ()) -> tuple[Curve, ...]:
    """Draw every window of a budget that overlaps a span, oldest first, no further than the span's end.

    Of a budget that follows Poe's grants there is none where `cycles` do not say when those come.
    """
    start, end = span
    if isinstance(budget.period, Rolling):
        return (rolling_curve(budget.period, points, span),)
    if isinstance(budget.period, Billing):
        windows = cycles[0].windows(start, end) if cycles else iter(())
    else:
        windows = windows_between(budget.period, budget.zone, start, end)
    return tuple(_filling(window, points, end) for window in windows)


def _filling(window: Window, points: Points, end: datetime) -> Curve:
    ends = _quarter_hours(window.start, min(window.end, slot_end(end)))
    return Curve(window, tuple((at, points(window.start, at)) for at in ends))


def rolling_curve(period: Rolling, points: Points, span: Span) -> Curve:
    """Draw the windows of a rolling period that end at the quarter hours of a span."""
    drawn = Window(slot_of(span[0]), slot_end(span[1]))
    windows = (rolling_window(period, end) for end in _quarter_hours(drawn.start, drawn.end))
    return Curve(drawn, tuple((window.end, points(window.start, window.end)) for window in windows))


def _quarter_hours(start: datetime, end: datetime) -> Iterator[datetime]:
    yield from (start + number * SLOT for number in range((end - start) // SLOT + 1))


def of_window(budget: Budget, drawn: Sequence[Curve], window: Window, threshold: int) -> tuple[At, ...]:
    """Give how one window of a budget filled.

    Of a rolling one that reached a threshold, from there on to where the curve falls below it.
    """
    if isinstance(budget.period, Rolling):
        later = (at for at in drawn[0].points if at[0] >= window.end)
        return tuple(takewhile(lambda at: at[1] >= threshold, later))
    return next((curve.points for curve in drawn if curve.window == window), ())


def reached(
    curve: Iterable[At], level: int, entries: Sequence[Entry] | None, matches: Matches | None
) -> datetime | None:
    """Tell when a curve first stood at `level` or above; None where it never did.

    That is when the entry was created that made it so, or, where there are only quarter hours, the end of
    its quarter hour.
    """
    found = next((at for at in curve if at[1] >= level), None)
    if found is None or entries is None:
        return found[0] if found else None
    end, so_far = found
    first, last = (bisect_left(entries, to_micros(at), key=attrgetter("created")) for at in (end - SLOT, end))
    counted = [one for one in entries[first:last] if matches is None or matches(dimensions_of(one))]
    so_far -= sum(entry.points for entry in counted)
    for entry in counted:
        so_far += entry.points
        if so_far >= level:
            return from_micros(entry.created)
    # No entry made it so: a refund has left a rolling window, at the moment when this quarter hour began.
    return end - SLOT

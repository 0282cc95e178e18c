"""What is usual for the account at a time."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate
from statistics import median

import msgspec

from budget_alert.config.periods import Window
from budget_alert.instants import DAY, MICROSECOND
from budget_alert.outlook.past import HOUR, LEAST_DAYS, PAST_DAYS, Past
from budget_alert.usage.slots import Span

RECENT_DAYS = 28
HIGH = 0.95
LEAST_ALIKE = 4
"""So many days of the same kind are needed before others are left out."""
MOST_ALIKE = 7
"""The newest so many of a kind say what is usual: what has been usual for four of them is so from then on."""
SATURDAY = 5
WEEK = 7


class Usual(msgspec.Struct, frozen=True):
    """What windows of a length use: `points` the median at this time, `high` what 19 of 20 stay below."""

    points: int
    high: int


@lru_cache(maxsize=16)
def usual(past: Past, window: Window, zone: tzinfo) -> Usual | None:
    """Tell what is usual for a window, from what lies before its start; None on less than three days.

    None too where no window so long is known yet. `points` is a median of windows at the same time of the
    clock: of the zone's, or of UTC's where those were more, for machines often go by that one. It is that of
    the last seven workdays, or days of weekends, as this one is, once four such are known, before that of any
    days; or of the last seven of this weekday, once four are known, where those were more. `high` is the 95 %
    quantile of the windows of the last 28 days that ended on any hour. Both are in whole points. Medians and
    quantiles, not means, so that a burst does not become usual. It is kept: several rules ask for it.
    """
    known = past.until(window.start)
    if known.whole_days < LEAST_DAYS:
        return None
    expected = [points for clock in (zone, UTC) for points in _expected(known, window, clock)]
    if not expected:
        return None
    hourly = past.hourly.until(window.start)
    return Usual(round(max(expected)), round(_high(hourly, (window.end - window.start) / HOUR)))


def _expected(past: Past, window: Window, clock: tzinfo) -> list[float]:
    """Give the medians of days of the same kind and of the same weekday, as far as enough are known."""
    known = list(_same_time(past, window, clock))
    kind = _kind((window.start, window.end), clock)
    alike = [span for _, span in known if _kind(span, clock) == kind]
    weekday = [span for back, span in known if back % WEEK == 0]
    groups = [
        alike if len(alike) >= LEAST_ALIKE else [span for _, span in known],
        weekday if len(weekday) >= LEAST_ALIKE else [],
    ]
    into = timedelta(minutes=window.start.astimezone(clock).minute)
    sums = ([_around(past, span, into) for span in group[:MOST_ALIKE]] for group in groups if group)
    return [median(each) for each in sums]


def _same_time(past: Past, window: Window, clock: tzinfo) -> Iterator[tuple[int, Span]]:
    """Give the spans that lie so many days back on the clock, newest first.

    Where the clock changes within the window, or within such a span, the span is as long as the window at
    least: what happens twice by the clock in the one must find its like in the other.
    """
    length = window.end - window.start
    for back in range(1, PAST_DAYS + 1):
        start = _back(window.start, back, clock)
        if start < past.start:
            return
        end = max(start + length, _back(window.end, back, clock))
        if end <= past.end:
            yield back, (start, end)


def _back(instant: datetime, days: int, clock: tzinfo) -> datetime:
    return (instant.astimezone(clock) - days * DAY).astimezone(UTC)


def _kind(span: Span, clock: tzinfo) -> tuple[bool, bool]:
    """Tell whether a span begins, and whether it ends, at a weekend."""
    first, last = span[0].astimezone(clock), (span[1] - MICROSECOND).astimezone(clock)
    return first.weekday() >= SATURDAY, last.weekday() >= SATURDAY


def _around(past: Past, span: Span, into: timedelta) -> float:
    """Sum a span, or the larger one of the two on full hours around it.

    Days of old items are known by the hour only: what begins on the hour every day would seem to be a rise in
    its first quarter, were it spread over the hour. Nor does a job begin at the same second every day.
    """
    moves = (timedelta(), -into, HOUR - into) if into else (timedelta(),)
    return max(past.between(span[0] + move, span[1] + move) for move in moves)


@lru_cache(maxsize=16)
def _high(past: Past, length: float) -> float:
    """Give the 95 % quantile of the sums of all windows of so many hours that begin on a full hour.

    It is kept, for the windows of a tick mostly begin within the same hour.
    """
    hours = past.points[-RECENT_DAYS * (DAY // HOUR) :]
    sums = list(accumulate(hours, initial=0.0))
    whole, part = int(length), length - int(length)
    ordered = sorted(
        sums[begin + whole] - sums[begin] + (part * hours[begin + whole] if part else 0.0)
        for begin in range(len(hours) - math.ceil(length) + 1)
    )
    place = HIGH * (len(ordered) - 1)
    below, above = ordered[int(place)], ordered[math.ceil(place)]
    return below + (place - int(place)) * (above - below)

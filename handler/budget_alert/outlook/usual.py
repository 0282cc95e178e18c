"""What is usual for the account at a time."""

import math
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate

import msgspec

from budget_alert.accounting.usage import HOURS
from budget_alert.config.periods import Window
from budget_alert.instants import DAY
from budget_alert.outlook.past import HOUR, LEAST_DAYS, Past

RECENT_DAYS = 28
LEAST_ALIKE = 4
"""So many days of the same kind are needed before others are left out."""
SATURDAY = 5


class Usual(msgspec.Struct, frozen=True):
    """What windows of a length use: `points` the median at this time, `high` what 19 of 20 stay below."""

    points: int
    high: int


def usual(past: Past, window: Window) -> Usual | None:
    """Tell what is usual for a window, from what lies before its start; None on less than three days.

    None too where no window so long is known yet. `points` is the median of the windows of the same length
    at the same clock time (UTC), by whole hours: on workdays, or on weekends, as this one does once four such
    are known, before that on any day. `high` is the 95 % quantile of those that ended on any hour. Both
    are of the last 28 days, in whole points. Medians and quantiles, not means, so that a burst does not
    become usual.
    """
    past = past.until(window.start)
    length = window.end - window.start
    begins = _same_time(past, window.start, length) if past.whole_days >= LEAST_DAYS else []
    if not begins:
        return None
    sums = sorted(_around(past, begin, length) for begin in begins)
    return Usual(round(_quantile(sums, 0.5)), round(_high(past, length / HOUR)))


def _same_time(past: Past, start: datetime, length: timedelta) -> list[datetime]:
    begins = [start - back * DAY for back in range(1, RECENT_DAYS + 1)]
    known = [begin for begin in begins if begin >= past.start and begin + length <= past.end]
    alike = [begin for begin in known if _weekend(begin) == _weekend(start)]
    return alike if len(alike) >= LEAST_ALIKE else known


def _around(past: Past, begin: datetime, length: timedelta) -> float:
    """Sum a window, or the larger one of the two on full hours around it.

    Within an hour nothing is known: what begins on the hour every day would seem to be a rise in its first
    quarter, were it spread over the hour.
    """
    into = (begin - past.start) % HOUR
    starts = (begin - into, begin - into + HOUR) if into else (begin,)
    return max(past.between(start, start + length) for start in starts)


def _weekend(instant: datetime) -> bool:
    return instant.weekday() >= SATURDAY


@lru_cache(maxsize=16)
def _high(past: Past, length: float) -> float:
    """Give the 95 % quantile; it is kept, for the windows of a tick mostly begin within the same hour."""
    return _quantile(_any_time(past, length), 0.95)


def _any_time(past: Past, length: float) -> list[float]:
    """Give the sums of all windows of so many hours that begin on a full hour, lowest first."""
    hours = past.hours[-RECENT_DAYS * HOURS :]
    sums = list(accumulate(hours, initial=0.0))
    whole, part = int(length), length - int(length)
    begins = range(len(hours) - math.ceil(length) + 1)
    return sorted(
        sums[begin + whole] - sums[begin] + (part * hours[begin + whole] if part else 0.0) for begin in begins
    )


def _quantile(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])

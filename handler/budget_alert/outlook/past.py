"""The past as a series of hours, from the items of days."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.accounting.usage import HOURS, Day, Part
from budget_alert.instants import DAY, EPOCH

HOUR = timedelta(hours=1)
LEAST_DAYS = 3
"""Nothing is foretold or called usual on fewer whole days."""


class Past(msgspec.Struct, frozen=True):
    """Points hour by hour, without a hole, from `start` (midnight UTC) on; an idle hour is 0.

    The last hour is the last that is over. Points are whole numbers but for filtered usage, which has
    each day's share spread as the whole day's usage was. An hour is negative where refunds prevail.
    """

    start: datetime
    hours: tuple[float, ...]

    def __hash__(self) -> int:
        """Hash a few hours only: a past is looked up often, and has hundreds."""
        return hash((self.start, len(self.hours), self.hours[-HOURS:]))

    @property
    def end(self) -> datetime:
        """The first instant that is no longer known."""
        return self.start + len(self.hours) * HOUR

    @property
    def whole_days(self) -> int:
        """How many UTC days are known from midnight to midnight."""
        return len(self.hours) // HOURS

    def until(self, instant: datetime) -> "Past":
        """Keep the hours that were over at an instant; before `start` there is none."""
        over = max((instant - self.start) // HOUR, 0)
        return self if over >= len(self.hours) else Past(self.start, self.hours[:over])

    def between(self, start: datetime, end: datetime) -> float:
        """Add up [start, end): of an hour that is cut, its part; 0 for what is not known."""
        if start >= end:
            return 0.0
        first, last = self._place(start), self._place(end)
        begin, stop = int(first), int(last)
        cut_off = (first - begin) * self._hour(begin)
        return sum(self.hours[begin:stop]) - cut_off + (last - stop) * self._hour(stop)

    def _place(self, instant: datetime) -> float:
        return min(max((instant - self.start) / HOUR, 0.0), float(len(self.hours)))

    def _hour(self, number: int) -> float:
        return self.hours[number] if number < len(self.hours) else 0.0


def past_of(
    days: Mapping[datetime, Day], now: datetime, matches: Callable[[Part], bool] | None = None
) -> Past | None:
    """Give the past up to `now` of the parts that match (all where None); None where nothing is known.

    `days` are by their midnight in UTC; one without an item between two others was idle. The first day
    that has an item is left out, for it was seen in part only. Where parts are picked, each hour has the
    share of its points that the picked parts have of their day's.
    """
    if not days:
        return None
    start = min(days) + DAY
    end = now - (now - EPOCH) % HOUR
    if start >= end:
        return None
    known = (days.get(start + number * DAY) for number in range(-((start - end) // DAY)))
    hours = [points for day in known for points in _hours(day, matches)]
    return Past(start, tuple(hours[: (end - start) // HOUR]))


def _hours(day: Day | None, matches: Callable[[Part], bool] | None) -> Iterable[float]:
    if day is None:
        return (0,) * HOURS
    if matches is None:
        return day.hours
    share = _share(day, matches)
    return [points * share for points in day.hours]


def _share(day: Day, matches: Callable[[Part], bool]) -> float:
    # Refunds of one part can outweigh what another one spent: then no share says what each hour had of it.
    total = day.total.points
    return min(max(day.total.only(matches).points / total, 0.0), 1.0) if total > 0 else 0.0

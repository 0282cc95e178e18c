"""The past as a series of equal steps of time, from the items of days."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import msgspec

from budget_alert.instants import DAY, EPOCH, MICROSECOND, SLOT, day_of, slot_end, slot_of
from budget_alert.usage.slots import QUARTERS, Day, Span, steps

HOUR = timedelta(hours=1)
PAST_DAYS = 56
"""Eight weeks: so many whole days a forecast, and what is usual, go by."""
WEEK = 7
LEAST_DAYS = 3
"""Nothing is foretold or called usual on fewer whole days."""


class Past(msgspec.Struct, frozen=True, dict=True):
    """Points step by step, without a hole, from `start` on; an idle step is 0.

    A step is an hour, or a quarter of one, of UTC; the last is the last that is over. Points are whole
    numbers but for filtered usage, which has each day's share spread as the whole day's usage was. A step
    is negative where refunds prevail.
    """

    start: datetime
    points: tuple[float, ...]
    step: timedelta = HOUR

    def __hash__(self) -> int:
        """Hash the newest points only: a past is looked up often, and has thousands."""
        return hash((self.start, len(self.points), self.points[-QUARTERS:]))

    @property
    def end(self) -> datetime:
        """The first instant that is no longer known."""
        return self.start + len(self.points) * self.step

    @property
    def whole_days(self) -> int:
        """How many times 24 hours are known."""
        return (self.end - self.start) // DAY

    @property
    def idle_since(self) -> datetime:
        """The end of the newest step with usage; the start where nothing was used."""
        back = next((place for place, points in enumerate(reversed(self.points)) if points), len(self.points))
        return self.end - back * self.step

    @cached_property
    def hourly(self) -> "Past":
        """The same hour by hour, as far as whole hours are known."""
        if self.step == HOUR:
            return self
        early = (EPOCH - self.start) % HOUR
        quarters = self.points[early // SLOT :]
        return Past(
            self.start + early, tuple(map(sum, zip(*(quarters[n::4] for n in range(4)), strict=False)))
        )

    def until(self, instant: datetime) -> "Past":
        """Keep the steps that were over at an instant; before `start` there is none."""
        over = max((instant - self.start) // self.step, 0)
        return self if over >= len(self.points) else Past(self.start, self.points[:over], self.step)

    def between(self, start: datetime, end: datetime) -> float:
        """Add up [start, end): of a step that is cut, its part; 0 for what is not known."""
        if start >= end:
            return 0.0
        first, last = self._place(start), self._place(end)
        begin, stop = int(first), int(last)
        cut_off = (first - begin) * self._at(begin)
        return sum(self.points[begin:stop]) - cut_off + (last - stop) * self._at(stop)

    def _place(self, instant: datetime) -> float:
        return min(max((instant - self.start) / self.step, 0.0), float(len(self.points)))

    def _at(self, number: int) -> float:
        return self.points[number] if number < len(self.points) else 0.0


def past_of(
    days: Mapping[datetime, Day], known_from: datetime, now: datetime, planned: Sequence[Span] = ()
) -> Past | None:
    """Give the past up to `now`, by quarter hours; None where nothing is known.

    `days` are by their midnight in UTC. From `known_from` on, one without an item was idle. Where parts were
    picked, each quarter hour has the share of its points that they have of their day's. What was `planned`
    is replaced by what is usual at its time; where little else is known, the past begins after it.
    """
    start, end = slot_end(known_from - MICROSECOND), slot_of(now)
    if start >= end:
        return None
    first = day_of(start)
    points = [each for midnight in steps(first, end, DAY) for each in _quarters(days.get(midnight))]
    points = points[(start - first) // SLOT : (end - first) // SLOT]
    spans = [(max(begun, start), min(over, end)) for begun, over in planned if begun < end and start < over]
    unknown = {(at - start) // SLOT for span in spans for at in steps(slot_of(span[0]), span[1], SLOT)}
    if unknown and len(points) - len(unknown) < LEAST_DAYS * QUARTERS:
        return past_of(days, max(over for _, over in spans), now)
    for at, usual in [(at, _usual_at(points, unknown, at)) for at in unknown]:
        points[at] = usual
    return Past(start, tuple(points), SLOT)


def _usual_at(points: Sequence[float], unknown: Container[int], place: int) -> float:
    """Give the middle one of the other quarter hours at a time of the week, or else of the day."""
    for period in (WEEK * QUARTERS, QUARTERS):
        if known := [points[at] for at in range(place % period, len(points), period) if at not in unknown]:
            return sorted(known)[len(known) // 2]
    return 0.0


def _quarters(day: Day | None) -> Iterable[float]:
    if day is None:
        return (0,) * QUARTERS
    share = day.share
    return day.quarters if share == 1 else [points * share for points in day.quarters]

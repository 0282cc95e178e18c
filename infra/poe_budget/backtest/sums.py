"""Points by equal steps of time, of which any span is summed with two look-ups."""

from datetime import datetime, timedelta
from itertools import accumulate


class Sums:
    """Points of steps that each last `step`, counted from `base`; what is before it, or unknown, is 0."""

    def __init__(self, base: datetime, step: timedelta) -> None:
        self._base = base
        self._step = step
        self._points: list[int] = []
        self._before: list[int] = [0]
        """Of each step, what all steps before it come to, as far as that was asked for."""

    def put(self, start: datetime, points: int) -> None:
        """Replace the points of the step that begins at an instant, not before the base."""
        place = self._place(start)
        self._points += [0] * (place + 1 - len(self._points))
        self._points[place] = points
        del self._before[place + 1 :]

    def between(self, start: datetime, end: datetime) -> int:
        """Add up the steps of [start, end), both the start of a step."""
        return self._sum_before(self._place(end)) - self._sum_before(self._place(start))

    def _place(self, instant: datetime) -> int:
        return (instant - self._base) // self._step

    def _sum_before(self, place: int) -> int:
        if place <= 0:
            return 0
        known = len(self._before) - 1
        if place > known:
            more = accumulate(self._points[known:], initial=self._before[known])
            self._before[known:] = more
        return self._before[min(place, len(self._points))]

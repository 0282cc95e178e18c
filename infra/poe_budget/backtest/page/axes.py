"""Where instants and points lie in a chart, and what is written along its edges."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.config.periods import midnight

WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 140, 14, 26
DAYS_APART = (1, 2, 3, 7, 14, 28, 56)
MOST_DATES = 12
LEAST_LINES = 3
_STEPS = (1, 2, 5)
_UNITS = ((1_000_000_000, "bn"), (1_000_000, "M"), (1_000, "k"))


class Axes(msgspec.Struct, frozen=True, kw_only=True):
    """The frame of a chart: time from `start` to `end`, points from `bottom` to `top`.

    `height` is that of the whole drawing, of which `inset` is left free above.
    """

    start: datetime
    end: datetime
    top: int
    bottom: int = 0
    height: int = HEIGHT
    inset: int = TOP

    def x(self, instant: datetime) -> float:
        """Give the place of an instant; one outside lies on the edge."""
        share = (instant - self.start) / (self.end - self.start)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def y(self, points: int) -> float:
        """Give the place of points; above the top lies on it."""
        share = (min(points, self.top) - self.bottom) / (self.top - self.bottom)
        return self.height - BOTTOM - max(share, 0.0) * (self.height - BOTTOM - self.inset)

    def dates(self, zone: ZoneInfo) -> Iterator[datetime]:
        """Give midnights to write a date at, no more than there is room for."""
        days = (self.end - self.start) / timedelta(days=1)
        apart = next((step for step in DAYS_APART if days / step <= MOST_DATES), DAYS_APART[-1])
        day = self.start.astimezone(zone).date()
        while (at := midnight(zone, day)) <= self.end:
            if at >= self.start:
                yield at
            day += timedelta(days=apart)

    def levels(self) -> range:
        """Give round numbers of points to draw lines at: three to seven of them."""
        step = round_step(self.top - self.bottom)
        return range(-(-self.bottom // step) * step, self.top + 1, step)


def round_step(span: int) -> int:
    """Give the largest of 1, 2, 5, 10, 20, … of which at least three fit into a span."""
    best, size = 1, 1
    while size * LEAST_LINES <= span:
        best = max([best, *(size * step for step in _STEPS if size * step * LEAST_LINES <= span)])
        size *= 10
    return best


def short(points: int) -> str:
    """Give points in few characters, such as: 250k, 1.2M; no less exact than three digits."""
    for unit, name in _UNITS:
        if abs(points) >= unit:
            return f"{points / unit:.3g}{name}"
    return str(points)

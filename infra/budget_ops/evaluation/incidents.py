"""What a reader would want to hear of, found in the usage alone: stretches of big days."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from statistics import median

import msgspec

from budget_alert.config.periods import Window
from budget_alert.instants import DAY

BIG = 3
"""A day is big that takes so many times the points of the median day."""


class Incident(msgspec.Struct, frozen=True):
    """Big days in a row: from the first one's midnight to the end of the last."""

    start: datetime
    end: datetime

    def lasts(self, at: datetime) -> bool:
        """Say whether an instant lies within it."""
        return self.start <= at < self.end

    def owns(self, at: datetime) -> bool:
        """Say whether a message of that instant is about it: it may come up to a day after its end."""
        return self.start <= at < self.end + DAY


def incidents(days: Sequence[tuple[Window, int]]) -> Iterator[Incident]:
    """Find the incidents among days that follow on each other, each with its points; the oldest first."""
    typical = median(points for _, points in days)
    for big, run in groupby(days, key=lambda day: day[1] >= max(BIG * typical, 1)):
        if big:
            windows = [window for window, _ in run]
            yield Incident(windows[0].start, windows[-1].end)

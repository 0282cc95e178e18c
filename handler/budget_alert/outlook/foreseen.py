"""What was foretold, as a plain value: alerts carry it, long after those who made it are gone."""

from datetime import datetime

import msgspec

LIKELY = 0.8
"""From this chance on, something will likely come."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """How a window that is still open will end, as far as the past can tell.

    `chance` is that of the window ending at `level` points or above, 0 to 1. `expected` is the median of
    its points at the end; nine times in ten they are between `low` and `high`. With a chance of a tenth or
    more, `level` is reached between `earliest` and `latest`, full hours or the window's end (eight times in
    ten of the times that it is reached at all). Both are None otherwise, and once the level is reached:
    then the chance is 1.
    """

    level: int
    chance: float
    expected: int
    low: int
    high: int
    earliest: datetime | None = None
    latest: datetime | None = None

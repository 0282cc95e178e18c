"""How a budget's window will end, with its chances."""

from datetime import datetime

import msgspec

from budget_alert.config.periods import Window
from budget_alert.outlook.past import Past


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """How a window that is still open will end, as far as the past can tell.

    `chance` is that of the window ending at `level` points or above, 0 to 1. `expected` is the median of
    its points at the end, `low` and `high` what nine times in ten it lies above and below. With a chance
    of a tenth or more, `level` is reached between `earliest` and `latest` (eight times in ten of the times
    that it is reached at all); both are None otherwise.
    """

    level: int
    chance: float
    expected: int
    low: int
    high: int
    earliest: datetime | None = None
    latest: datetime | None = None


def forecast(past: Past, *, used: int, now: datetime, window: Window, level: int) -> Forecast | None:
    """Foretell how `window`, with `used` points at `now`, will end; None on less than three days."""
    raise NotImplementedError

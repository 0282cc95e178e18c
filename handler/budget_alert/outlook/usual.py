"""What is usual for the account at a time."""

import msgspec

from budget_alert.config.periods import Window
from budget_alert.outlook.past import Past


class Usual(msgspec.Struct, frozen=True):
    """What windows of a length use: `points` the median at this time, `high` what 19 of 20 stay below."""

    points: int
    high: int


def usual(past: Past, window: Window) -> Usual | None:
    """Tell what is usual for a window, from what lies before its start; None on less than three days."""
    raise NotImplementedError

"""The past as a series of hours, from the items of days."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from budget_alert.accounting.usage import Day, Part


class Past(msgspec.Struct, frozen=True):
    """Points hour by hour, without a hole, from `start` (midnight UTC) on; an idle hour is 0.

    The last hour is the last that is over. Points are whole numbers but for filtered usage, which has
    each day's share spread as the whole day's usage was.
    """

    start: datetime
    hours: tuple[float, ...]


def past_of(
    days: Mapping[datetime, Day], now: datetime, matches: Callable[[Part], bool] | None = None
) -> Past | None:
    """Give the past up to `now` of the parts that match (all where None); None where nothing is known.

    The first day that has an item is left out, for it was seen in part only.
    """
    raise NotImplementedError

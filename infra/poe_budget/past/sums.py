"""A history added up by day, bot, usage type and API key."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from budget_alert.usage.totals import Amount, Dimensions
from poe_budget.past.history import History

BY = ("day", "bot", "type", "key")
"""What usage can be told apart by."""

_READ: dict[str, Callable[[str, Dimensions], str]] = {
    "day": lambda day, _: day,
    "bot": lambda _, part: part.bot,
    "type": lambda _, part: part.usage_type,
    "key": lambda _, part: part.api_key,
}


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """The usage of one day, bot, type and key; None for what was not told apart, "" for no API key.

    `day` is a date such as 2026-11-22. `usd` is the dollars that Poe's rows named, `unpriced_points` the
    points of those that named none.
    """

    day: str | None
    bot: str | None
    type: str | None
    key: str | None
    points: int
    queries: int
    usd: float
    unpriced_points: int


def sums(history: History, by: Collection[str], zone: ZoneInfo) -> Iterator[Sum]:
    """Add a history up by some of BY, in their order; days are those of `zone`."""
    spent: dict[tuple[str | None, ...], Amount] = {}
    for slot, totals in history.slots.items():
        day = _day(slot, zone)
        for part, spend in totals.items():
            group = tuple(_READ[each](day, part) if each in by else None for each in BY)
            spent[group] = spent[group] + spend if group in spent else spend
    for group in sorted(spent, key=lambda group: tuple(each or "" for each in group)):
        yield _sum(group, spent[group])


def _day(slot: datetime, zone: ZoneInfo) -> str:
    # No quarter hour lies in two days: the offset of every zone is a multiple of one.
    return slot.astimezone(zone).date().isoformat()


def _sum(group: tuple[str | None, ...], spend: Amount) -> Sum:
    day, bot, usage_type, key = group
    return Sum(
        day=day,
        bot=bot,
        type=usage_type,
        key=key,
        points=spend.points,
        queries=spend.queries,
        usd=spend.usd_micros / 1_000_000,
        unpriced_points=spend.unpriced,
    )

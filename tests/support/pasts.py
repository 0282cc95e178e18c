"""Pasts made by hand, and the days they come from."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from budget_alert.outlook.past import Past
from budget_alert.usage.slots import Day
from budget_alert.usage.totals import Amount, Dimensions, Totals

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURS = 24
OPUS, MINI = Dimensions("Claude-Opus-4", "API", "ci"), Dimensions("o3-mini", "Chat", "")


def day(hours: Sequence[int], parts: Mapping[Dimensions, int] | None = None) -> Day:
    """Make the item of a day, each hour all in its first quarter; it is all Opus unless parts are given."""
    spends = {OPUS: sum(hours)} if parts is None else parts
    return Day(
        Totals({part: Amount(points) for part, points in spends.items()}),
        tuple(points for hour in hours for points in (hour, 0, 0, 0)),
    )


def even(points: int) -> Day:
    """Make a day with the same points in every hour."""
    return day([points] * HOURS)


def past(days: int, hour: Callable[[int], float], start: datetime = MONDAY) -> Past:
    """Make a past of whole days; `hour` gives the points of the hour of a number."""
    return Past(start, tuple(hour(number) for number in range(days * HOURS)))

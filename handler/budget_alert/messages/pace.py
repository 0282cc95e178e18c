"""How fast a budget is used, against an even pace through its period."""

from datetime import datetime, timedelta

from budget_alert.alerts import Standing
from budget_alert.config.periods import Rolling
from budget_alert.messages.times import DAY, HOUR, roughly
from budget_alert.messages.wording import number, points

COUNTED_BY_HOURS = 2 * DAY


def early(standing: Standing, now: datetime) -> str:
    """Say how much before an even pace a budget came this far, or how long it must do with nothing left.

    It is the end of a phrase, and empty where there is less than an hour to say, or no even pace: a rolling
    budget has no start.
    """
    window = standing.window
    if is_rolling(standing):
        return ""
    if standing.points >= standing.limit:
        left = roughly(window.end - now)
        return f", with {left} to go" if left else ""
    even = window.start + (window.end - window.start) * max(standing.points / standing.limit, 0)
    ahead = roughly(even - now)
    return f", {ahead} early" if ahead else ""


def pace(standing: Standing, now: datetime) -> tuple[str, ...]:
    """Say what a day, or in a short period an hour, has brought on average, and what the budget allows."""
    start, end = standing.window.start, standing.window.end
    unit, words = (HOUR, "an hour") if end - start <= COUNTED_BY_HOURS else (DAY, "a day")
    passed = min(now, end) - start
    if is_rolling(standing) or passed < unit or end - start <= unit:
        return ()
    least = "" if standing.complete else "at least "
    so_far = f"{least}{points(_each(unit, standing.points, passed))} {words} so far"
    return (f"Pace: {so_far}; the budget allows {number(_each(unit, standing.limit, end - start))}",)


def is_over(standing: Standing, now: datetime) -> bool:
    """Tell whether a window has ended: a rolling one ends with each quarter hour, and another follows."""
    ago = now - standing.window.end
    return ago >= (HOUR if is_rolling(standing) else timedelta())


def is_rolling(standing: Standing) -> bool:
    """Tell whether a budget looks back from any moment; of one in an old alert nobody knows."""
    return isinstance(standing.period, Rolling | str)


def _each(unit: timedelta, count: int, length: timedelta) -> int:
    # In whole seconds: a length of time cannot be multiplied by any number of points.
    return count * int(unit.total_seconds()) // int(length.total_seconds())

"""How a budget will end, in words: when it is gone, how sure that is, and what it comes to."""

from decimal import Decimal

from budget_alert.alerts import Standing
from budget_alert.messages.times import between, day_and_time
from budget_alert.messages.wording import about, begin, number, of_limit, points, rough
from budget_alert.outlook.foreseen import Forecast

LIKELY = 0.5
WORTH_SAYING = 0.1
MOST_SURE = 99
MOST_APART = 3
"""How many times the lower bound the upper one may be, to be worth saying."""


def sure(forecast: Forecast) -> str:
    """Say how sure it is that the level is reached: whole percent, rounded down, and never all of them."""
    whole = min(int(forecast.chance * 100), MOST_SURE)
    return "under 1 % sure" if whole < 1 else f"{whole} % sure"


def when(forecast: Forecast, zone: str) -> str:
    """Say when the level is reached, on the clock of the IANA zone."""
    if forecast.earliest is None or forecast.latest is None:
        return "before the period ends"
    return between(forecast.earliest, forecast.latest, zone)


def total(forecast: Forecast, standing: Standing, zone: str, decimals: int = 0) -> str:
    """Say what the period will have brought when it is over, and within which bounds that is likely to be."""
    expected = _expected(forecast, standing)
    share = of_limit(expected, standing.limit, decimals)
    end = day_and_time(standing.window.end, zone)
    usd = about(_money(expected, standing))
    return f"By {end} about {points(expected)} ({share}){usd}{_bounds(forecast, standing, expected)}"


def in_full(standing: Standing, zone: str, decimals: int = 0) -> tuple[str, ...]:
    """Say how a budget will end, in a line or two; none where that is not known."""
    forecast = standing.forecast
    if forecast is None:
        return ()
    gone = _gone(standing, forecast, zone)
    end = total(forecast, standing, zone, decimals)
    return (begin(f"{gone}, {sure(forecast)}"), end) if gone else (end,)


def in_short(standing: Standing, zone: str) -> str:
    """Say how a budget will end as the end of a line; nothing where that is not known."""
    forecast = standing.forecast
    if forecast is None:
        return ""
    if forecast.chance >= LIKELY and (gone := _gone(standing, forecast, zone)):
        return f", {gone} ({sure(forecast)})"
    share = of_limit(_expected(forecast, standing), standing.limit)
    return f", likely {share} by {day_and_time(standing.window.end, zone)}"


def _gone(standing: Standing, forecast: Forecast, zone: str) -> str:
    if standing.points >= standing.limit or forecast.chance < WORTH_SAYING:
        return ""
    return f"{'likely' if forecast.chance >= LIKELY else 'perhaps'} gone {when(forecast, zone)}"


def _expected(forecast: Forecast, standing: Standing) -> int:
    return _roughly(forecast.expected, forecast, standing)


def _roughly(count: int, forecast: Forecast, standing: Standing) -> int:
    """Give foretold points roughly, yet never below what is used, nor below a level that they reach."""
    reached = [level for level in (forecast.level, standing.limit) if count >= level]
    return max(rough(count), standing.points, *reached)


def _bounds(forecast: Forecast, standing: Standing, expected: int) -> str:
    low = min(_roughly(forecast.low, forecast, standing), expected)
    high = max(_roughly(forecast.high, forecast, standing), expected)
    if high > MOST_APART * max(low, 0):
        return "; a rough guess"
    return f"; likely {number(low)} to {number(high)}" if high > low else ""


def _money(expected: int, standing: Standing) -> Decimal | None:
    """Add what is still to come, at the limit's own price, to what is spent: rows bring their own costs."""
    if standing.usd_limit is None:
        return None
    spent, coming = standing.usd, expected - standing.points
    counted = expected if spent is None else coming
    return (spent or Decimal(0)) + standing.usd_limit * counted / standing.limit

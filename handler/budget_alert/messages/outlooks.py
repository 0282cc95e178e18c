"""How a budget will end, in words: when it is gone, how sure that is, and what it comes to."""

from budget_alert.messages.alerts import Standing
from budget_alert.messages.times import between, day_and_time
from budget_alert.messages.wording import begin, number, percent, points, rough, worth
from budget_alert.outlook.foreseen import Forecast

LIKELY = 0.5
WORTH_SAYING = 0.1
MOST_SURE = 99
MILLION = 1_000_000


def sure(forecast: Forecast) -> str:
    """Say how sure it is that the level is reached: whole percent, rounded down, and never all of them."""
    whole = min(int(forecast.chance * 100), MOST_SURE)
    return "under 1 % sure" if whole < 1 else f"{whole} % sure"


def when(forecast: Forecast, zone: str) -> str:
    """Say when the level is reached, on the clock of the IANA zone."""
    if forecast.earliest is None or forecast.latest is None:
        return "before the period ends"
    return between(forecast.earliest, forecast.latest, zone)


def total(forecast: Forecast, standing: Standing, zone: str) -> str:
    """Say what the period will have brought when it is over, and within which bounds that is likely to be."""
    rate = None if standing.usd_limit is None else standing.usd_limit * MILLION / standing.limit
    expected = max(rough(forecast.expected), standing.points)
    usd = worth(expected, rate)
    bounds = f"likely {number(max(rough(forecast.low), standing.points))} to {number(rough(forecast.high))}"
    end = day_and_time(standing.window.end, zone)
    return f"By {end} about {points(expected)} ({_of_limit(forecast, standing)}){usd}; {bounds}"


def in_full(standing: Standing, zone: str) -> tuple[str, ...]:
    """Say how a budget will end, in a line or two; none where that is not known."""
    forecast = standing.forecast
    if forecast is None:
        return ()
    gone = _gone(standing, forecast, zone)
    return (*([begin(f"{gone}, {sure(forecast)}")] if gone else []), total(forecast, standing, zone))


def in_short(standing: Standing, zone: str) -> str:
    """Say how a budget will end as the end of a line; nothing where that is not known."""
    forecast = standing.forecast
    if forecast is None:
        return ""
    if forecast.chance >= LIKELY and (gone := _gone(standing, forecast, zone)):
        return f", {gone} ({sure(forecast)})"
    return f", likely {_of_limit(forecast, standing)} by {day_and_time(standing.window.end, zone)}"


def _gone(standing: Standing, forecast: Forecast, zone: str) -> str:
    if standing.points >= standing.limit or forecast.chance < WORTH_SAYING:
        return ""
    return f"{'likely' if forecast.chance >= LIKELY else 'perhaps'} gone {when(forecast, zone)}"


def _of_limit(forecast: Forecast, standing: Standing) -> str:
    return percent(forecast.expected * 100 // standing.limit)

"""How a budget's window will end, with its chances."""

from datetime import datetime

from budget_alert.config.periods import Window
from budget_alert.outlook.foreseen import Forecast
from budget_alert.outlook.past import LEAST_DAYS, Past
from budget_alert.outlook.rest import Rest, rest_of

WORTH_DATING = 0.1
MEDIAN = 0.5
LOW, HIGH = 0.05, 0.95
EARLY, LATE = 0.1, 0.9


def forecast(past: Past, *, used: int, now: datetime, window: Window, level: int) -> Forecast | None:
    """Foretell how `window`, with `used` points at `now`, will end; None on less than three days.

    What `past` has after `now` is left out. Refunds are not foretold: the points never fall below `used`.
    """
    rest = _rest(past, now, window)
    if rest is None:
        return None
    likely = rest.chance(level - used)
    dated = used < level and likely >= WORTH_DATING
    return Forecast(
        level=level,
        chance=likely,
        expected=used + round(rest.quantile(MEDIAN)),
        low=used + round(rest.quantile(LOW)),
        high=used + round(rest.quantile(HIGH)),
        earliest=rest.reached(level - used, EARLY) if dated else None,
        latest=rest.reached(level - used, LATE) if dated else None,
    )


def chance(past: Past, *, used: int, now: datetime, window: Window, level: int) -> float | None:
    """Give only the chance that `forecast` gives, which takes a tenth of its time."""
    rest = _rest(past, now, window)
    return rest.chance(level - used) if rest else None


def _rest(past: Past, now: datetime, window: Window) -> Rest | None:
    past = past.hourly.until(now)
    return rest_of(past, now, window.end) if past.whole_days >= LEAST_DAYS else None

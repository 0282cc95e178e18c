"""How a budget's present window will end, where that can be said."""

from datetime import datetime

from budget_alert.outlook.forecast import Forecast, forecast
from budget_alert.policy.case import Case
from budget_alert.policy.views import View

LEAST_SHARE = 10
"""No forecast before a tenth of the window has passed."""


def foretold(case: Case, view: View, level: int, at: datetime | None = None) -> Forecast | None:
    """Foretell the present window against a level, as it looked at an instant (a quarter hour) or looks now.

    None where nothing can be said: for a rolling budget, from a sum that is partial or not up to date,
    early in the window, or on less than three days of history.
    """
    window, now = view.question.present, at or case.now
    young = (now - window.start) * LEAST_SHARE < window.end - window.start
    if view.question.rolls or young or not case.up_to_date or not view.complete(window):
        return None
    past = case.past(view)
    if past is None:
        return None
    used = view.tally(window) if at is None else view.between(window.start, at)
    return forecast(past.until(now), used=used.points, now=now, window=window, level=level)

"""How a budget's present window will end, where that can be said."""

from datetime import datetime

import msgspec

from budget_alert.config.periods import Window
from budget_alert.outlook.forecast import chance, forecast
from budget_alert.outlook.foreseen import Forecast
from budget_alert.outlook.past import Past
from budget_alert.rules.case import Case
from budget_alert.rules.views import View

LEAST_SHARE = 10
"""No forecast before a tenth of the window has passed."""


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    past: Past
    used: int
    now: datetime
    window: Window


def foretold(case: Case, view: View, level: int) -> Forecast | None:
    """Foretell the present window against a level.

    None where nothing can be said: for a rolling budget, while part of the sum is still to be read or it is
    not up to date, early in the window, or on less than three days of history.
    """
    look = _look(case, view, None)
    if look is None:
        return None
    return forecast(look.past, used=look.used, now=look.now, window=look.window, level=level)


def chance_of(case: Case, view: View, level: int, at: datetime | None = None) -> float | None:
    """Give only the chance of a level, as it looked at an instant (a quarter hour) or looks now.

    None where `foretold` can say nothing.
    """
    look = _look(case, view, at)
    if look is None:
        return None
    return chance(look.past, used=look.used, now=look.now, window=look.window, level=level)


def _look(case: Case, view: View, at: datetime | None) -> _Look | None:
    window, now = view.question.present, at or case.now
    young = (now - window.start) * LEAST_SHARE < window.end - window.start
    if view.question.rolls or young or not case.up_to_date or not case.read(window):
        return None
    past = case.past_of(view)
    if past is None:
        return None
    used = view.points(window if at is None else Window(window.start, at))
    return _Look(past=past.until(now), used=used, now=now, window=window)

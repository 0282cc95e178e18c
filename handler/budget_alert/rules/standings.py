"""Where budgets stand, with what the past says of them."""

import msgspec

from budget_alert.alerts import Standing
from budget_alert.config.periods import Window
from budget_alert.rules.case import Case
from budget_alert.rules.foretelling import foretold
from budget_alert.rules.spending import snoozed, standing
from budget_alert.rules.views import View


def present_standings(case: Case, *, outlook: bool = False) -> tuple[Standing, ...]:
    """Tell where every budget stands in its present window; with `outlook`, also how that will end."""
    return tuple(standing_in(case, view, view.question.present, outlook=outlook) for view in case.views)


def standing_in(case: Case, view: View, window: Window, *, outlook: bool = True) -> Standing:
    """Tell where a budget stands in one of its windows."""
    totals, budget = view.totals(window), view.budget
    stands = standing(case.config, budget, window, totals, case.missing(window))
    following = next((level for level in budget.alert_at if level.points > totals.points), None)
    return msgspec.structs.replace(
        stands,
        snoozed_until=snoozed(budget, case.now),
        next_threshold=following.text if following else None,
        next_points=following.points if following else None,
        forecast=foretold(case, view, budget.points) if outlook and _is_open(case, window) else None,
        daily=case.daily(view.usage) if outlook else (),
    )


def _is_open(case: Case, window: Window) -> bool:
    return window.start <= case.now < window.end

"""How long before the limit was reached an alert came."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from budget_alert.alerts import Alert, ForecastAlert, OfBudget, Standing, is_repeated
from budget_alert.config.periods import Rolling
from budget_alert.config.schema import Budget
from budget_alert.rules.views import matcher
from poe_budget.backtest.curves import At, Curve
from poe_budget.backtest.reaching import going_on, reached
from poe_budget.backtest.results import Sent
from poe_budget.backtest.seen import Seen

CurvesOf = Mapping[str, Sequence[Curve]]
"""The curves of each budget, by its name."""


def with_lead(seen: Seen, curves: CurvesOf, at: datetime, alert: Alert) -> Sent:
    """Tell when what an alert warned of came about: a budget's limit, a forecast's threshold."""
    if not isinstance(alert, OfBudget) or is_repeated(alert):
        return Sent(at=at, alert=alert)
    standing, threshold = alert.standing, alert.threshold_points
    level = threshold if isinstance(alert, ForecastAlert) else standing.limit
    budget = next(budget for budget in seen.config.budgets if budget.name == standing.rule)
    points = _filling(budget, curves[alert.rule], standing, threshold)
    reached_at = reached(points, level, seen.entries, matcher(budget.filter))
    return Sent(
        at=at,
        alert=alert,
        reached_at=reached_at,
        so_far=_so_far(points, standing, seen.span[1]) if reached_at is None else None,
    )


def _filling(budget: Budget, curves: Sequence[Curve], standing: Standing, threshold: int) -> Sequence[At]:
    if isinstance(budget.period, Rolling):
        return tuple(going_on(curves[0].points, standing.window, threshold))
    return next((curve.points for curve in curves if curve.window == standing.window), ())


def _so_far(points: Sequence[At], standing: Standing, end: datetime) -> int | None:
    """Say how full a window is that goes on when the history ends; None where it has ended before."""
    if not points or points[-1][0] < end or points[-1][0] == standing.window.end:
        return None
    return points[-1][1] * 100 // standing.limit

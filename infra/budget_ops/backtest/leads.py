"""How long before the limit was reached an alert came."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from budget_alert.config.periods import Rolling
from budget_alert.messages.alerts import Alert, Kind, Reason, Standing
from budget_alert.policy.views import matcher
from budget_ops.backtest.curves import Curve
from budget_ops.backtest.reaching import going_on, reached
from budget_ops.backtest.results import Sent
from budget_ops.backtest.seen import Seen

CurvesOf = Mapping[str, Sequence[Curve]]
"""The curves of each budget, by its name."""


def with_lead(seen: Seen, curves: CurvesOf, at: datetime, alert: Alert) -> Sent:
    """Tell when what an alert warned of came about: a budget's limit, a forecast's threshold."""
    standing, threshold = alert.standing, alert.threshold_points
    if standing is None or threshold is None or alert.reason is Reason.REPEATED:
        return Sent(at=at, alert=alert)
    level = threshold if alert.kind is Kind.FORECAST else standing.limit
    return Sent(
        at=at, alert=alert, reached_at=_reached_at(seen, curves[alert.rule], standing, threshold, level)
    )


def _reached_at(
    seen: Seen, curves: Sequence[Curve], standing: Standing, threshold: int, level: int
) -> datetime | None:
    budget = next(budget for budget in seen.config.budgets if budget.name == standing.rule)
    if isinstance(budget.period, Rolling):
        points = going_on(curves[0].points, standing.window, threshold)
    else:
        points = (at for curve in curves if curve.window == standing.window for at in curve.points)
    return reached(points, level, seen.entries, matcher(budget.filter))

"""What became of each rule, and why those were silent that were."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from budget_alert.alerts import Kind
from budget_alert.config.periods import Rolling
from budget_alert.config.schema import BalanceRule, Budget, Filter, QueryRule, SpikeRule
from budget_alert.instants import to_micros
from budget_alert.rules.questions import HOUR
from budget_alert.rules.views import matcher
from budget_alert.usage.entries import Entry, Query
from poe_budget.backtest.curves import rolling_curve
from poe_budget.backtest.leads import CurvesOf
from poe_budget.backtest.reaching import part_of
from poe_budget.backtest.results import RuleResult, Sent, Untold, Verdict
from poe_budget.backtest.seen import Seen


def verdicts(seen: Seen, curves: CurvesOf, sent: Sequence[Sent]) -> Iterator[RuleResult]:
    """Say of each rule what became of it, budgets first, each kind in the config's order."""
    spoken = Counter((_kind(each.alert.kind), each.alert.rule) for each in sent)
    for budget in seen.config.budgets:
        yield _budget(seen, curves, budget, spoken[Kind.BUDGET, budget.name])
    for spike in seen.config.spikes:
        yield _spike(seen, spike, spoken[Kind.SPIKE, spike.name])
    for query in seen.config.queries:
        yield _query(seen, query, spoken[Kind.QUERY, query.name])
    for balance in seen.config.balances:
        yield _balance(seen, balance, spoken[Kind.BALANCE, balance.name])


def _kind(kind: Kind) -> Kind:
    """Give the kind of rule that an alert is told by: forecasts are those of budgets."""
    return Kind.BUDGET if kind is Kind.FORECAST else kind


def _budget(seen: Seen, curves: CurvesOf, budget: Budget, alerts: int) -> RuleResult:
    drawn = curves[budget.name]
    most = max((curve.most for curve in drawn), default=None)
    speaks_at = min(level.points for level in (*budget.alert_at, *budget.forecast_at))
    return RuleResult(
        kind=Kind.BUDGET,
        name=budget.name,
        alerts=alerts,
        verdict=_verdict(alerts, most, speaks_at, matched=_matched(seen, budget.filter)),
        most=most,
        speaks_at=speaks_at,
        limit=budget.points,
        untold=_untold(budget, most or 0, seen.span[0]),
    )


def _untold(budget: Budget, most: int, first: datetime) -> Untold:
    # What a snoozed budget had passed before the first tick is told when the snooze ends: that alone hid it.
    if budget.snoozed_until and budget.snoozed_until > first:
        return Untold.SNOOZED
    return Untold.PASSED if most >= min(level.points for level in budget.alert_at) else Untold.UNFORESEEN


def _spike(seen: Seen, rule: SpikeRule, alerts: int) -> RuleResult:
    most = rolling_curve(Rolling(rule.window // HOUR), seen.series(Filter()).points, seen.span).most
    return RuleResult(
        kind=Kind.SPIKE,
        name=rule.name,
        alerts=alerts,
        verdict=_verdict(alerts, most, rule.at_least, matched=_matched(seen, Filter())),
        most=most,
        speaks_at=rule.at_least,
    )


def _query(seen: Seen, rule: QueryRule, alerts: int) -> RuleResult:
    matches = matcher(rule.filter)
    most = max((query.points for query in _queries(seen) if matches(part_of(query))), default=None)
    return RuleResult(
        kind=Kind.QUERY,
        name=rule.name,
        alerts=alerts,
        verdict=_verdict(alerts, most or 0, rule.points, matched=_matched(seen, rule.filter)),
        most=most,
        speaks_at=rule.points,
    )


def _queries(seen: Seen) -> Iterator[Entry | Query]:
    """Give the queries of the replay, or, where the history has only sums, those that they name."""
    named = (query for totals in seen.ledger.counted.values() for query in totals.largest)
    start, end = map(to_micros, seen.span)
    yield from (query for query in seen.entries or named if start <= query.created <= end)


def _balance(seen: Seen, rule: BalanceRule, alerts: int) -> RuleResult:
    silent = Verdict.NEVER_REACHED if seen.balanced else Verdict.NOT_REPLAYED
    return RuleResult(
        kind=Kind.BALANCE, name=rule.name, alerts=alerts, verdict=Verdict.SPOKE if alerts else silent
    )


def _matched(seen: Seen, kept: Filter) -> bool:
    return any(day.total.queries for day in seen.series(kept).days.values())


def _verdict(alerts: int, most: int | None, speaks_at: int, *, matched: bool) -> Verdict:
    if alerts:
        return Verdict.SPOKE
    if most is None:
        return Verdict.NOT_REPLAYED
    if not matched:
        return Verdict.NOTHING_MATCHED
    return Verdict.NEVER_REACHED if most < speaks_at else Verdict.NOT_TOLD

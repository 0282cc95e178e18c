"""What became of a replay: how early each alert came, and why nothing was sent of a rule."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from operator import attrgetter
from typing import TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from budget_alert.alerts import Alert, ForecastAlert, Kind, OfBudget, Standing, is_repeated
from budget_alert.config.periods import Rolling, Window
from budget_alert.config.schema import (
    AnyRule,
    BalanceRule,
    Budget,
    Config,
    DigestRule,
    Filter,
    QueryRule,
    SpikeRule,
)
from budget_alert.instants import SLOT, from_micros, to_micros
from budget_alert.rules.evaluation import matcher
from budget_alert.rules.scope import Scope
from budget_alert.rules.windows import HOUR
from budget_alert.snoozes import Snoozes
from budget_alert.usage.entries import Entry, Query
from budget_alert.usage.slots import Span
from budget_alert.usage.totals import OTHER_BOTS, Dimensions
from poe_budget.backtest.counted import Matches, ReplayLedger, Series, counts, picks
from poe_budget.backtest.curves import At, Curve, Points, curves, rolling_curve
from poe_budget.backtest.results import RuleResult, Sent, Unsent, Verdict

Rule = TypeVar("Rule", Budget, SpikeRule)
CurvesOf: TypeAlias = Mapping[str, Sequence[Curve]]
"""The curves of each budget, as `curves_of` gives them."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A replay that is through.

    `span` goes from its first tick to its last, `entries` are None where the history has only sums, and
    `balanced` says that the balance was known.
    """

    config: Config
    ledger: ReplayLedger
    span: Span
    entries: Sequence[Entry] | None
    balanced: bool
    snoozes: Snoozes

    def is_snoozed(self, rule: AnyRule) -> bool:
        """Tell whether a rule was silent at any time from the first tick on."""
        until = rule.snoozed_until if isinstance(rule, Budget) else None
        ends = [one.until for one in self.snoozes.history() if one.rule == rule.name]
        return any(end > self.span[0] for end in (*ends, until) if end)

    def series(self, kept: Filter) -> Series:
        """Give the sums of what a filter counts."""
        return self.ledger.series(picks(kept))

    def points_of(self, rule: Budget | SpikeRule) -> Points:
        """Give what adds up what a rule counts; of one for each key or bot, of its value."""
        return (self.ledger.series(counts(rule)) if rule.each else self.series(rule.filter)).points

    def curves(self, rule: Budget | SpikeRule) -> tuple[Curve, ...]:
        """Draw a rule's windows."""
        points = self.points_of(rule)
        if isinstance(rule, SpikeRule):
            return (rolling_curve(Rolling(rule.window // HOUR), points, self.span),)
        return curves(rule, points, self.span, self.ledger.memory.cycles)

    def highest(self, rule: Rule) -> Rule:
        """Give a rule; of one for each key or bot, the one of these that came highest."""
        if not rule.each:
            return rule
        best, most = rule, 0
        for value, points in self._spent(rule):
            if points <= most:
                # No window holds more than all that was ever spent.
                break
            one = replace(rule, value=value)
            height = max((curve.most for curve in self.curves(one)), default=0)
            best, most = (one, height) if height > most else (best, most)
        return best

    def _spent(self, rule: Budget | SpikeRule) -> list[tuple[str, int]]:
        """Give what each key or bot spent, without refunds, most first."""
        spent, value_of, matches = Counter[str](), attrgetter(str(rule.each)), matcher(rule.filter)
        for totals in self.ledger.counted.values():
            for part, amount in totals.items():
                if value_of(part) not in {"", OTHER_BOTS} and matches(part):
                    spent[value_of(part)] += max(amount.points, 0)
        return spent.most_common()


def curves_of(seen: Seen, alerts: Iterable[Alert]) -> dict[str, tuple[Curve, ...]]:
    """Draw every budget's windows, by its name; one for each key or bot those that came highest.

    The windows of each key or bot that something was sent of are there too, by what people call it.
    """
    drawn = {budget.name: seen.curves(seen.highest(budget)) for budget in seen.config.budgets}
    for alert in alerts:
        if isinstance(alert, OfBudget) and alert.about not in drawn:
            drawn[alert.about] = seen.curves(_rule_of(seen, alert))
    return drawn


def _rule_of(seen: Seen, alert: OfBudget) -> Budget:
    budget = next(one for one in seen.config.budgets if one.name == alert.rule)
    return replace(budget, value=alert.value)


def with_lead(seen: Seen, curves: CurvesOf, at: datetime, alert: Alert) -> Sent:
    """Tell when what an alert warned of came about: a budget's limit, a forecast's threshold."""
    if not isinstance(alert, OfBudget) or is_repeated(alert):
        return Sent(at=at, alert=alert)
    standing, threshold = alert.standing, alert.threshold_points
    level = threshold if isinstance(alert, ForecastAlert) else standing.limit
    budget = _rule_of(seen, alert)
    points = _filling(budget, curves[alert.about], standing, threshold)
    reached_at = reached(points, level, seen.entries, counts(budget))
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


def reached(
    curve: Iterable[At], level: int, entries: Sequence[Entry] | None, matches: Matches
) -> datetime | None:
    """Tell when a curve first stood at `level` or above; None where it never did.

    That is when the entry was created that made it so, or, where there are only quarter hours, the end of
    its quarter hour.
    """
    found = next((at for at in curve if at[1] >= level), None)
    if found is None or entries is None:
        return found[0] if found else None
    return _created(*found, level, entries, matches)


def going_on(curve: Iterable[At], window: Window, threshold: int) -> Iterator[At]:
    """Give a rolling budget's curve from a window that reached a threshold to where it falls below it."""
    later = (at for at in curve if at[0] >= window.end)
    return takewhile(lambda at: at[1] >= threshold, later)


def _created(end: datetime, points: int, level: int, entries: Sequence[Entry], matches: Matches) -> datetime:
    """Find the entry within the quarter hour up to `end`, at whose end there were `points`."""
    first, last = (bisect_left(entries, to_micros(at), key=_creation) for at in (end - SLOT, end))
    counted = [entry for entry in entries[first:last] if matches(part_of(entry))]
    so_far = points - sum(entry.points for entry in counted)
    for entry in counted:
        so_far += entry.points
        if so_far >= level:
            return from_micros(entry.created)
    # No entry made it so: a refund has left a rolling window, at the moment when this quarter hour began.
    return end - SLOT


def _creation(entry: Entry) -> int:
    return entry.created


def part_of(entry: Entry | Query) -> Dimensions:
    """Tell what a query's points can be told apart by."""
    return Dimensions(entry.bot, entry.usage_type, entry.api_key)


def outcomes(seen: Seen, curves: CurvesOf, sent: Sequence[Sent]) -> Iterator[RuleResult]:
    """Say of each rule what became of it, budgets first, each kind in the config's order."""
    counts = Counter((_kind(each.alert.kind), each.alert.rule) for each in sent)
    for kind, rule in _rules(seen.config):
        alerts = counts[kind, rule.name]
        found = RuleResult(
            kind=kind,
            name=rule.name,
            alerts=alerts,
            verdict=_unmeasured(seen, rule, alerts),
            unsent=Unsent.SNOOZED if seen.is_snoozed(rule) else Unsent.PASSED,
        )
        match rule:
            case Budget():
                yield _of_budget(seen, curves, rule, found)
            case SpikeRule():
                of_one = seen.highest(rule)
                (curve,) = seen.curves(of_one)
                found = replace(found, value=of_one.value)
                yield _measured(seen, found, curve.most, rule.at_least, Filter())
            case QueryRule():
                yield _measured(seen, found, _dearest(seen, rule.filter), rule.points, rule.filter)
            case _:
                yield found


def _unmeasured(seen: Seen, rule: AnyRule, alerts: int) -> Verdict:
    """Give the verdict on a rule of which only its alerts are known."""
    if alerts:
        return Verdict.FIRED
    unknown = isinstance(rule, BalanceRule) and not seen.balanced
    return Verdict.NOT_REPLAYED if unknown else Verdict.NEVER_REACHED


def _measured(seen: Seen, found: RuleResult, most: int | None, fires_at: int, kept: Filter) -> RuleResult:
    verdict = _verdict(seen, found.alerts, most or 0, fires_at, kept)
    return replace(found, verdict=verdict, most=most, fires_at=fires_at)


def _of_budget(seen: Seen, curves: CurvesOf, budget: Budget, found: RuleResult) -> RuleResult:
    most = max((curve.most for curve in curves[budget.name]), default=None)
    fires_at = min(level.points for level in (*budget.alert_at, *budget.forecast_at))
    return replace(
        found,
        value=seen.highest(budget).value,
        verdict=_verdict(seen, found.alerts, most, fires_at, budget.filter),
        most=most,
        fires_at=fires_at,
        limit=budget.points,
        unsent=found.unsent if found.unsent is Unsent.SNOOZED else _unsent(budget, most or 0),
    )


def _kind(kind: Kind) -> Kind:
    """Give the kind of rule that sends an alert: forecasts are those of budgets."""
    return Kind.BUDGET if kind is Kind.FORECAST else kind


def _unsent(budget: Budget, most: int) -> Unsent:
    return Unsent.PASSED if most >= min(level.points for level in budget.alert_at) else Unsent.UNFORESEEN


def _dearest(seen: Seen, kept: Filter) -> int | None:
    """Give the points of the dearest query that the history has, or that its sums name."""
    named = (query for totals in seen.ledger.counted.values() for query in totals.largest)
    start, end = map(to_micros, seen.span)
    matches = matcher(kept)
    counted = (query for query in seen.entries or named if start <= query.created <= end)
    return max((query.points for query in counted if matches(part_of(query))), default=None)


def _verdict(seen: Seen, alerts: int, most: int | None, fires_at: int, kept: Filter) -> Verdict:
    if alerts:
        return Verdict.FIRED
    if most is None:
        return Verdict.NOT_REPLAYED
    if not any(day.total.queries for day in seen.series(kept).days.values()):
        return Verdict.NOTHING_MATCHED
    return Verdict.NEVER_REACHED if most < fires_at else Verdict.NOT_SENT


def left_out(config: Config, scope: Scope) -> Iterator[RuleResult]:
    """Say of each rule of a config that `scope` leaves out why it does, in the order of `outcomes`."""
    about = {rule.name for _, rule in _rules(scope.rules(config))}
    for kind, rule in _rules(config):
        if rule.name not in about:
            why = _why(rule, scope)
            yield RuleResult(kind=kind, name=rule.name, alerts=0, verdict=Verdict.NOT_ABOUT_IT, unsent=why)


def _rules(config: Config) -> Iterator[tuple[Kind, AnyRule]]:
    """Give every rule that can be silent, which a digest cannot, after the kind of its alerts."""
    return ((Kind(name), rule) for name, rule in config.rules if not isinstance(rule, DigestRule))


def _why(rule: AnyRule, scope: Scope) -> Unsent:
    if scope.together:
        return Unsent.EACH
    summed = scope.several and rule.together
    return Unsent.TOGETHER if summed else Unsent.OTHERS

"""Rules that a replay leaves out, because they are not about the account whose history it is."""

from collections.abc import Iterator
from itertools import chain
from typing import TypeAlias

from budget_alert.alerts import Kind
from budget_alert.config.schema import BalanceRule, Budget, Config, QueryRule, SpikeRule
from budget_alert.rules.scope import Scope
from poe_budget.backtest.results import RuleResult, Untold, Verdict

_Rule: TypeAlias = Budget | SpikeRule | QueryRule | BalanceRule


def left_out(config: Config, scope: Scope) -> Iterator[RuleResult]:
    """Say of each rule of a config that `scope` leaves out why it does, in the order of `verdicts`."""
    judged = {rule.name for _, rule in _rules(scope.rules(config))}
    for kind, rule in _rules(config):
        if rule.name not in judged:
            why = _why(rule, scope)
            yield RuleResult(kind=kind, name=rule.name, alerts=0, verdict=Verdict.NOT_ABOUT_IT, untold=why)


def _rules(config: Config) -> Iterator[tuple[Kind, _Rule]]:
    return chain(
        ((Kind.BUDGET, budget) for budget in config.budgets),
        ((Kind.SPIKE, spike) for spike in config.spikes),
        ((Kind.QUERY, query) for query in config.queries),
        ((Kind.BALANCE, balance) for balance in config.balances),
    )


def _why(rule: _Rule, scope: Scope) -> Untold:
    if scope.together:
        return Untold.EACH
    summed = scope.several and isinstance(rule, Budget | SpikeRule) and rule.together
    return Untold.TOGETHER if summed else Untold.OTHERS

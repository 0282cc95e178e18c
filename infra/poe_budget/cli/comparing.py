"""Two configs -> what becomes of each rule, and what is told of that."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from budget_alert.config.schema import (
    BalanceRule,
    Budget,
    Config,
    DigestRule,
    QueryRule,
    SpikeRule,
    Threshold,
)
from budget_alert.messages.compose import section_of
from budget_alert.rules.evaluate import evaluate
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Notified
from budget_alert.rules.troubles import Found, Trouble, compared
from poe_budget.cli.sentences import Meaning, meanings
from poe_budget.deployed.changes import Change, Coming, How, Rearmed

_Rule: TypeAlias = Budget | SpikeRule | QueryRule | BalanceRule | DigestRule
_Rules: TypeAlias = Mapping[tuple[str, str], tuple[_Rule, Meaning]]


def changes(before: Config | None, after: Config, *, several: bool = False) -> Iterator[Change]:
    """Tell what becomes of every rule that does not stay as it is, first of those that go.

    `several` says that it is a config for several accounts.
    """
    old, new = _rules(before), _rules(after)
    for key, (_, meaning) in old.items():
        if key not in new:
            yield _change(How.REMOVED, meaning, meaning, None)
    for key, (rule, meaning) in new.items():
        if key not in old:
            yield _change(How.ADDED, meaning, None, meaning)
        elif old[key][0] != rule:
            yield _change(_how(old[key][0], rule, several=several), meaning, old[key][1], meaning)


def rearmed(before: Config | None, case: Evaluation) -> Iterator[Rearmed]:
    """Tell which thresholds, known by their spelling, were told in the present windows and can be again."""
    known = {budget.fingerprint: budget for budget in (before.budgets if before else ())}
    for each in case.budgets:
        new = each.budget
        old = known.get(new.fingerprint, new)
        by_thresholds, as_forecasts = (
            case.notified.get(key, Notified()) for key in (each.present_key, each.forecast_key)
        )
        end = each.present.end
        for level in _again(by_thresholds, old.alert_at, new.alert_at, end):
            yield Rearmed(budget=new.name, threshold=level.text, points=level.points, forecast=False)
        for level in _again(as_forecasts, old.forecast_at, new.forecast_at, end):
            yield Rearmed(budget=new.name, threshold=level.text, points=level.points, forecast=True)


def coming(case: Evaluation, *, mended: bool) -> tuple[Coming, ...]:
    """Tell what the next tick would tell; `mended` says that the newest config cannot be used until then."""
    found = [Found(Trouble.CONFIG)] if mended else []
    of_troubles, _ = compared(case.memory.troubles, found, case.config.timezone, case.now)
    return tuple(
        Coming(
            kind=alert.kind,
            severity=alert.severity,
            rule=alert.rule,
            words=section_of(alert).headline,
        )
        for alert in (*evaluate(case).alerts, *of_troubles)
    )


def _rules(config: Config | None) -> _Rules:
    if config is None:
        return {}
    rules: list[_Rule] = [*config.budgets, *config.spikes, *config.queries, *config.balances]
    if config.digest:
        rules.append(config.digest)
    pairs = zip(rules, meanings(config), strict=True)
    return {(meaning.kind, meaning.name): (rule, meaning) for rule, meaning in pairs}


def _how(old: _Rule, new: _Rule, *, several: bool) -> How:
    if isinstance(old, DigestRule) or isinstance(new, DigestRule):
        return How.CHANGED
    same = old.fingerprint == new.fingerprint and not (several and _sum(old) != _sum(new))
    return How.CHANGED if same else How.AFRESH


def _sum(rule: _Rule) -> tuple[str, ...] | None:
    """Name the accounts that a rule goes by the sum of; None for one that goes by each of them."""
    return rule.accounts if isinstance(rule, Budget | SpikeRule) and rule.together else None


def _change(how: How, named: Meaning, before: Meaning | None, after: Meaning | None) -> Change:
    return Change(
        kind=named.kind,
        name=named.name,
        how=how,
        before=before.words if before else None,
        after=after.words if after else None,
    )


def _again(
    told: Notified, old: Sequence[Threshold], new: Sequence[Threshold], end: datetime
) -> Iterator[Threshold]:
    were = {level.text for level in old if told.holds(level.points, level.share, end)}
    return (level for level in new if level.text in were and not told.holds(level.points, level.share, end))

"""A rule for each API key or bot: one rule a value while it is evaluated, and one item in what is kept."""

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import TypeVar

import msgspec

from budget_alert.config.schema import Budget, SpikeRule
from budget_alert.identity import BETWEEN, key_of
from budget_alert.rules.budget import MOST_FOLLOWED
from budget_alert.rules.decision import Notice
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Notified
from budget_alert.rules.windows import BudgetWindows, SpikeWindows

Windows = TypeVar("Windows", BudgetWindows, SpikeWindows)


def parted(evaluation: Evaluation) -> Evaluation:
    """Put beside each rule for every key or bot the rules of those that spent most, or were notified."""
    budgets = [one for each in evaluation.budgets for one in (each, *_of_values(evaluation, each, "budget"))]
    spikes = [one for each in evaluation.spikes for one in (each, *_of_values(evaluation, each, "rule"))]
    if (len(budgets), len(spikes)) == (len(evaluation.budgets), len(evaluation.spikes)):
        return evaluation
    apart = {
        key_of(key, value): notified
        for key, known in evaluation.notified.items()
        for value, notified in known.values.items()
    }
    return msgspec.structs.replace(
        evaluation,
        budgets=tuple(budgets),
        spikes=tuple(spikes),
        notified={**evaluation.notified, **apart},
    )


def put_together(notices: Iterable[Notice], known: Mapping[str, Notified]) -> Iterator[Notice]:
    """Keep what was notified of all values of a rule as one, as each notice leaves it."""
    latest = {key: dict(notified.values) for key, notified in known.items() if notified.values}
    for notice in notices:
        key, _, value = notice.key.partition(BETWEEN)
        if not value:
            yield notice
            continue
        values = latest.setdefault(key, {})
        values[value] = notice.notified
        kept = {each: notified for each, notified in values.items() if notified.crossings}
        yield Notice(key, Notified(values=kept), notice.alert)


def _of_values(evaluation: Evaluation, each: Windows, field: str) -> Iterator[Windows]:
    rule: Budget | SpikeRule = each.rule
    if not rule.each:
        return
    spent = evaluation.usage_of(rule).between(each.windows[0].start, each.windows[-1].end)
    name = attrgetter(rule.each)
    parts = {value: totals.points for value, totals in spent.parted(name).items() if value}
    most: list[str] = sorted(parts, key=lambda value: (-parts[value], value))[:MOST_FOLLOWED]
    # What was notified may have to be re-armed, whatever is spent now.
    before: list[Mapping[str, Notified]] = [
        evaluation.notified.get(key, Notified()).values for key in each.keys
    ]
    for value in dict.fromkeys([*most, *(value for values in before for value in values)]):
        yield msgspec.structs.replace(each, **{field: msgspec.structs.replace(rule, value=value)})

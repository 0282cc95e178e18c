"""Config + usage + what was already told -> alerts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from budget_alert.config.schema import Config
from budget_alert.rules.balances import balance_alerts, rest_ends
from budget_alert.rules.case import Case
from budget_alert.rules.costly import costly, query_key, query_steps
from budget_alert.rules.decision import Decision, Notice
from budget_alert.rules.digests import digest_alert
from budget_alert.rules.forecasts import forecast_key, forecast_steps
from budget_alert.rules.judging import Judge
from budget_alert.rules.notified import WELCOMED, Known, Low, Memory, Notified
from budget_alert.rules.plan import Plan
from budget_alert.rules.schedule import latest
from budget_alert.rules.spending import snoozed
from budget_alert.rules.spikes import SpikeJudge
from budget_alert.rules.views import View
from budget_alert.rules.welcome import trial, welcome, welcomed
from budget_alert.usage.gaps import overlaps
from budget_alert.usage.slots import Slots


def told_keys(config: Config, plan: Plan, views: Sequence[View], memory: Memory, named: Slots) -> list[str]:
    """Name what must be known as told: of every rule for which something may be to be told."""
    keys = [key for view in views for key in _keys(view, plan)]
    keys += [question.told_key for question in plan.spikes]
    keys += [query_key(found) for found in costly(config, memory, named)]
    return list(dict.fromkeys(keys))


def judge(case: Case) -> Decision:
    """Judge everything that was planned, and welcome who has just begun.

    What the rules of a first scan have passed by its end counts as told by the welcome.
    """
    queries, more = query_steps(case)
    notices = [*_budget_steps(case), *_spike_steps(case), *queries]
    alerts, low = balance_alerts(case)
    others = [welcome(case), trial(case), digest_alert(case), *alerts]
    if case.memory.welcomed < WELCOMED:
        notices = [Notice(notice.key, notice.told) for notice in notices]
    told = {**case.told, **{notice.key: notice.told for notice in notices}}
    memory = msgspec.structs.replace(
        _remembered(case, low),
        repeats_at=_repeats_at(case, told),
        rests_until=_rests_until(case, told, low),
    )
    return Decision(
        notices=tuple(notices),
        others=tuple(alert for alert in others if alert),
        memory=memory if memory != case.memory else None,
        evaluated=not more,
    )


def _keys(view: View, plan: Plan) -> list[str]:
    """Name a budget's windows that have reached a threshold; a rolling budget has one memory for all."""
    question = view.question
    lowest = view.budget.alert_at[0].points
    reached = [
        question.told_key(window)
        for window in question.windows
        if question.rolls or view.points(window) >= lowest
    ]
    return [*reached, *([forecast_key(view)] if plan.since and view.budget.forecast_at else [])]


def _budget_steps(case: Case) -> list[Notice]:
    awake = [view for view in case.views if snoozed(view.budget, case.now) is None]
    crossed = [notice for view in awake for notice in Judge(case, view).notices(case.told)]
    foretold = [notice for view in awake for notice in forecast_steps(case, view)]
    return crossed + foretold


def _spike_steps(case: Case) -> list[Notice]:
    return [notice for question in case.plan.spikes for notice in SpikeJudge(case, question).notices()]


def _remembered(case: Case, low: dict[str, Low]) -> Memory:
    rule, told = case.config.digest, case.plan.digest
    passed = told[0].end if told else case.memory.digested_until
    if rule and passed is None:
        passed = latest(rule, case.now).end
    return msgspec.structs.replace(
        case.memory,
        rules=_rules(case),
        welcomed=welcomed(case),
        low=low,
        cycles=case.plan.cycles,
        reconciliation=case.reconciliation,
        digested_until=passed if rule else None,
        corrected=case.state.corrected
        if told or case.memory.digested_until is None
        else case.memory.corrected,
    )


def _repeats_at(case: Case, told: Mapping[str, Notified]) -> datetime | None:
    """Tell when the first of the present windows' thresholds is to be told again."""
    due = []
    for view in case.views:
        known = told.get(view.question.told_key(view.question.present), Notified())
        # What does not hold now, or is snoozed, is not repeated, and without new usage no sum rises.
        holds = view.points(view.question.present) >= view.budget.alert_at[0].points
        if view.budget.repeat and known.last and holds and snoozed(view.budget, case.now) is None:
            due.append(known.last + view.budget.repeat)
    return min(due, default=None)


def _rests_until(case: Case, told: Mapping[str, Notified], low: Mapping[str, Low]) -> datetime | None:
    """Tell when the first rest ends of what could be told now, for without new usage no sum rises."""
    ends = [at for each in low.values() for at in rest_ends(each, case.now)]
    for view in case.views:
        known = told.get(view.question.told_key(view.question.present), Notified())
        ends += known.rest_ends(case.now, view.points(view.question.present))
        ends += told.get(forecast_key(view), Notified()).rest_ends(case.now)
    for spike in case.plan.spikes:
        present = spike.windows[-1:]
        if any(case.usage.points(each.start, each.end) >= spike.rule.at_least for each in present):
            ends += told.get(spike.told_key, Notified()).rest_ends(case.now)
    before = case.memory.rests_until
    if before and case.plan.since is None and before > case.now:
        # Not all that was told has been read now.
        ends.append(before)
    return min(ends, default=None)


def _rules(case: Case) -> dict[str, Known]:
    """Know the config's rules."""
    asked = {view.budget.fingerprint: _known(case, view) for view in case.views}
    return {rule: case.memory.rules.get(rule, Known(case.now)) for rule in case.config.watched} | asked


def _known(case: Case, view: View) -> Known:
    """Keep a rule fresh until its present window was read to the end, unless it is snoozed."""
    question = view.question
    present = question.present.start, question.present.end
    read = case.state.completed_at is not None and not overlaps(case.state.gaps, present)
    fresh = question.known.fresh and not read and snoozed(view.budget, case.now) is None
    return Known(question.known.since, fresh)

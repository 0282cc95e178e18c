"""Config + usage + what was already notified -> what to write and send."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget, stands_for_each
from budget_alert.instants import DAY
from budget_alert.rules.balance import balance_alerts, rest_ends
from budget_alert.rules.budget import budget_notice, is_held
from budget_alert.rules.decision import Decision, Held, Notice
from budget_alert.rules.digest import digest_alert
from budget_alert.rules.each import put_together
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.forecast import forecast_notice
from budget_alert.rules.notified import WELCOMED, Known, Low, Memory, Notified
from budget_alert.rules.query import query_keys, query_notices
from budget_alert.rules.spike import spike_notice
from budget_alert.rules.welcome import trial, welcome, welcomed
from budget_alert.rules.windows import BudgetWindows, RuleWindows, Windowed, digest_window
from budget_alert.usage.missing import overlaps


def keys_to_read(evaluation: Evaluation) -> list[str]:
    """Name what must be known as notified, by the usage that was read: of each rule that may have news."""
    keys = [key for each in evaluation.budgets for key in _keys(evaluation, each)]
    keys += [each.present_key for each in evaluation.spikes]
    return list(dict.fromkeys([*keys, *query_keys(evaluation)]))


def present_keys(evaluation: Evaluation) -> list[str]:
    """Name what may have been notified of the present windows."""
    return [key for each in evaluation.budgets for key in (each.present_key, each.forecast_key)]


def evaluate(evaluation: Evaluation) -> Decision:
    """Evaluate every rule, and welcome who has just begun.

    What the rules of a first scan have passed by its end counts as notified by the welcome.
    """
    budgets = [each for each in evaluation.budgets if not stands_for_each(each.rule)]
    spikes = [each for each in evaluation.spikes if not stands_for_each(each.rule)]
    queries, more = query_notices(evaluation)
    notices = [notice for each in budgets for notice in _by_windows(evaluation, each, budget_notice)]
    notices += [notice for each in budgets if (notice := forecast_notice(evaluation, each))]
    notices += [notice for each in spikes for notice in _by_windows(evaluation, each, spike_notice)]
    notices += queries
    if evaluation.memory.welcomed < WELCOMED:
        notices = [_by_welcome(notice) for notice in notices]
    alerts, low, verdicts = balance_alerts(evaluation)
    others = [welcome(evaluation), trial(evaluation), digest_alert(evaluation), *alerts]
    notified, new = dict(evaluation.notified), list[Notice]()
    for notice in notices:
        if notice.notified != notified.get(notice.key, Notified()):
            notified[notice.key] = notice.notified
            new.append(notice)
    memory = _memory(evaluation, notified, low)
    taken = (Notice(key, known) for key, known in evaluation.taken_over.items())
    return Decision(
        notices=(*taken, *put_together(new, evaluation.notified)),
        others=tuple(alert for alert in others if alert),
        memory=memory if memory != evaluation.memory else None,
        evaluated=not more,
        verdicts=(*(one for notice in notices for one in notice.verdicts), *verdicts),
    )


def _by_windows(
    evaluation: Evaluation,
    each: RuleWindows[Windowed],
    notice_of: Callable[[Evaluation, RuleWindows[Windowed], Window, Notified], Notice],
) -> Iterator[Notice]:
    """Evaluate window after window; what is notified of one counts for the next.

    Of a hundred keys, an outage leaves very many that reached nothing, and are long over.
    """
    known: dict[str, Notified] = {}
    for window in each.windows:
        key = each.key(window)
        before = known.get(key) or evaluation.notified.get(key, Notified())
        is_old = each.rule.value and not before.crossings and window.end < evaluation.now - DAY
        if is_old and evaluation.points(each.rule, window) < each.least:
            continue
        notice = notice_of(evaluation, each, window, before)
        known[key] = notice.notified
        yield notice


def _by_welcome(notice: Notice) -> Notice:
    verdicts = (msgspec.structs.replace(one, held=one.held or Held.WELCOMED) for one in notice.verdicts)
    return msgspec.structs.replace(notice, alert=None, verdicts=tuple(verdicts))


def _keys(evaluation: Evaluation, each: BudgetWindows) -> list[str]:
    """Name a budget's windows that have reached a threshold; a rolling budget has one record for all."""
    reached = [
        each.key(window)
        for window in each.windows
        if each.rolls or _most(evaluation, each.rule, window) >= each.least
    ]
    return [*reached, each.forecast_key] if evaluation.since and each.rule.forecast_at else reached


def _most(evaluation: Evaluation, budget: Budget, window: Window) -> int:
    """Give what a budget counts in a window; of one for each key or bot, the most that one of them has.

    Where another has refunds, that is more than the sum.
    """
    if not budget.each:
        return evaluation.points(budget, window)
    return max(evaluation.spent_by_each(budget, window.start, window.end).values(), default=0)


def _memory(evaluation: Evaluation, notified: Mapping[str, Notified], low: dict[str, Low]) -> Memory:
    memory, rule, digest = evaluation.memory, evaluation.config.digest, evaluation.digest
    # What was digested up to now, who sends it next must know.
    digested = memory.digested_until if rule or evaluation.digests_elsewhere else None
    if digest:
        digested = digest[0].end
    elif rule and digested is None:
        digested = digest_window(rule, evaluation.now).end
    corrected = evaluation.state.corrected if digest or memory.digested_until is None else memory.corrected
    return msgspec.structs.replace(
        memory,
        rules=_rules(evaluation),
        welcomed=welcomed(evaluation),
        low=low,
        cycles=evaluation.cycles,
        reconciliation=evaluation.reconciliation,
        digested_until=digested,
        corrected=corrected,
        repeats_at=_repeats_at(evaluation, notified),
        rests_until=_rests_until(evaluation, notified, low),
        # By an old sum not all is evaluated that the end of a snooze lets go.
        snoozed=evaluation.snoozes.last(evaluation.now) if evaluation.up_to_date else memory.snoozed,
    )


def _rules(evaluation: Evaluation) -> dict[str, Known]:
    """Know the config's rules, each fresh until its present window was read to the end or it is snoozed."""
    config, state, now = evaluation.config, evaluation.state, evaluation.now
    rules = {rule: evaluation.memory.rules.get(rule, Known(now)) for rule in config.fingerprints}
    for each in evaluation.budgets:
        present = each.present.start, each.present.end
        read = state.completed_at is not None and not overlaps(state.gaps, present)
        known = evaluation.known(each.rule)
        fresh = known.fresh and not read and evaluation.snooze(each.rule) is None
        rules[each.rule.fingerprint] = Known(known.since, fresh)
    return rules


def _repeats_at(evaluation: Evaluation, notified: Mapping[str, Notified]) -> datetime | None:
    """Tell when the first of the present windows' thresholds is to be sent again."""
    due = []
    for each in evaluation.budgets:
        budget = each.rule
        last = notified.get(each.present_key, Notified()).last
        # What does not hold now, or is snoozed, is not repeated, and without new usage no sum rises.
        points = evaluation.points(budget, each.present)
        holds = [one for one in budget.alert_at if points >= one.points]
        if budget.repeat and last and holds and not is_held(evaluation, budget, holds[-1]):
            due.append(last + budget.repeat)
    return min(due, default=None)


def _rests_until(
    evaluation: Evaluation, notified: Mapping[str, Notified], low: Mapping[str, Low]
) -> datetime | None:
    """Tell when the first rest ends of what could be sent now, for without new usage no sum rises."""
    now, before = evaluation.now, evaluation.memory.rests_until
    ends = [at for each in low.values() for at in rest_ends(each, now)]
    for budget in evaluation.budgets:
        reached = evaluation.points(budget.rule, budget.present)
        ends += notified.get(budget.present_key, Notified()).rest_ends(now, reached)
        ends += notified.get(budget.forecast_key, Notified()).rest_ends(now)
    for spike in evaluation.spikes:
        if evaluation.points(spike.rule, spike.present) >= spike.least:
            ends += notified.get(spike.present_key, Notified()).rest_ends(now)
    if before and evaluation.since is None and before > now:
        # Not all that was notified has been read now.
        ends.append(before)
    return min(ends, default=None)

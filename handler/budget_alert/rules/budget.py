"""A budget: where it stands in a window, how that will end, and which thresholds are to be notified."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import msgspec

from budget_alert.alerts import BudgetAlert, Driver, Kind, Others, Reason, Severity, Standing
from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget, Threshold, stands_for_each
from budget_alert.identity import identity
from budget_alert.outlook.ending import Rest, rest_of
from budget_alert.rules.decision import Held, Notice, Why, held_by, verdicts_of
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.movers import risen_bots
from budget_alert.rules.notified import Crossing, Notified, rested_at
from budget_alert.rules.windows import BudgetWindows
from budget_alert.usage.totals import Amount

MILLION = 1_000_000
MOST_DRIVERS = 5
MOST_SHOWN = 3
"""Of a budget for each key or bot, so many stand in what sums up."""
LEAST_SHARE = 10
"""No forecast before a tenth of the window has passed."""
REMEMBERED = timedelta(days=3)
"""How long before the oldest instant not evaluated a re-armed crossing still keeps a late change silent."""


def present_standings(evaluation: Evaluation, *, outlook: bool = False) -> tuple[Standing, ...]:
    """Tell where every budget stands in its present window; with `outlook`, also how that will end."""
    shown: list[Standing] = []
    for each in evaluation.budgets:
        mine = [one for one in shown if one.rule == each.rule.name]
        if stands_for_each(each.rule) or len(mine) == MOST_SHOWN:
            continue
        found = standing(evaluation, each, each.present, outlook=outlook, movers=False)
        if each.rule.value:
            found = msgspec.structs.replace(found, others=_others(evaluation, each, [*mine, found]))
        shown.append(found)
    return tuple(shown)


def _others(evaluation: Evaluation, each: BudgetWindows, shown: Sequence[Standing]) -> Others:
    """Sum up the keys or bots of a budget for each of them that do not stand beside those shown."""
    spent = evaluation.spent_by_each(each.rule, each.present.start, each.present.end)
    followed = {one.rule.value for one in evaluation.budgets if one.rule.name == each.rule.name}
    rest = spent.keys() - {one.value for one in shown}
    return Others(len(rest), sum(spent[value] for value in rest), len(spent.keys() - followed))


def standing(
    evaluation: Evaluation, each: BudgetWindows, window: Window, *, outlook: bool = True, movers: bool = True
) -> Standing:
    """Tell where a budget stands in one of its windows; with `movers`, also which bots rose."""
    budget, rate = each.rule, evaluation.config.usd_per_million_points
    snooze = evaluation.snooze(budget)
    totals = evaluation.usage_of(budget).between(window.start, window.end)
    missing = evaluation.missing(window)
    following = next((one for one in budget.alert_at if one.points > totals.points), None)
    is_open = window.start <= evaluation.now < window.end
    rest = rest_at(evaluation, each, evaluation.now) if outlook and is_open else None
    return Standing(
        rule=budget.name,
        value=budget.value,
        points=totals.points,
        limit=budget.points,
        window=window,
        period=budget.period,
        usd=money(totals.amount, rate),
        usd_limit=None if rate is None else rate * budget.points / MILLION,
        drivers=_drivers(totals.by_bot()),
        risen=risen_bots(evaluation, budget, window) if movers else (),
        accounts=_drivers(totals.by_key()) if budget.together else (),
        complete=not missing,
        missing=missing,
        snoozed_until=snooze.until if snooze else None,
        snoozed_by=snooze.by if snooze else "",
        next_threshold=following.text if following else None,
        next_points=following.points if following else None,
        forecast=rest.forecast(totals.points, budget.points) if rest else None,
        daily=evaluation.daily(evaluation.usage_of(budget)) if outlook else (),
    )


def money(spend: Amount, usd_per_million_points: Decimal | None) -> Decimal | None:
    """Give dollars: the prices that rows brought, and the config's rate for the rows that brought none.

    None where there are rows of the second kind, or no prices at all, and the config names no rate.
    """
    priced = Decimal(spend.usd_micros) / MILLION
    if usd_per_million_points is not None:
        return priced + usd_per_million_points * spend.unpriced / MILLION
    return priced if priced and not spend.unpriced else None


def _drivers(spent: Sequence[tuple[str, int]]) -> tuple[Driver, ...]:
    return tuple(Driver(name, points) for name, points in spent[:MOST_DRIVERS] if points > 0)


def is_held(
    evaluation: Evaluation, budget: Budget, threshold: Threshold, end: datetime | None = None
) -> bool:
    """Tell whether a snooze holds a threshold back, now or for the window with that end.

    It does what was passed when it began. Below the limit it does the lowest too, passed or not: a snooze of
    a budget that has passed nothing has that in mind.
    """
    snooze = evaluation.snooze(budget, end)
    lowest = threshold == budget.alert_at[0] and threshold.points < budget.points
    return snooze is not None and (lowest or snooze.holds(threshold.points, threshold.share))


def rest_at(evaluation: Evaluation, each: BudgetWindows, at: datetime) -> Rest | None:
    """Foretell the rest of the present window as of an instant, a quarter hour or now.

    None where nothing can be said: for a rolling budget, while part of the sum is still to be read or it is
    not up to date, early in the window, or on less than three days of history.
    """
    past = None if unforeseen(evaluation, each, at) else evaluation.past_of(each.rule)
    return rest_of(past, at, each.present.end) if past else None


def chance_at(evaluation: Evaluation, each: BudgetWindows, level: int, at: datetime) -> float | None:
    """Give the chance of so many points as it looked at a quarter hour; None where `rest_at` says nothing."""
    rest = rest_at(evaluation, each, at)
    used = evaluation.points(each.rule, Window(each.present.start, at))
    return rest.chance(level - used) if rest else None


def unforeseen(evaluation: Evaluation, each: BudgetWindows, now: datetime) -> Held | None:
    """Say why nothing can be foretold as of an instant, whatever the past says; None where something can."""
    young = (now - each.present.start) * LEAST_SHARE < each.present.end - each.present.start
    if each.rolls or young:
        return Held.EARLY
    return None if evaluation.up_to_date and evaluation.is_read(each.present) else Held.PARTIAL


def budget_notice(evaluation: Evaluation, each: BudgetWindows, window: Window, notified: Notified) -> Notice:
    """Evaluate a window, of which this was notified before."""
    budget, key, end = each.rule, each.key(window), window.end
    points = evaluation.points(budget, window)
    notified = rearmed(evaluation, each, window, points, notified)
    crossed = [one for one in budget.alert_at if points >= one.points]
    why: list[Why] = []
    for one in budget.alert_at:
        held = Held.BELOW if points < one.points else held_by(notified, one, end)
        snoozed = held is None and is_held(evaluation, budget, one, end)
        why.append((one, Held.SNOOZED if snoozed else held, None))
    new = [one for one, held, _ in why if held is None]
    said = partial(verdicts_of, budget, Kind.BUDGET, window, points, why)
    if new:
        # What rests and lies lower is covered: once the sum falls again, it is no news.
        lower = [one for one in crossed if one.points <= new[-1].points]
        covered = [one for one in lower if not notified.covers(one, end)]
        before = notified.sent_before(new[-1])
        notified = notified.with_crossings(crossing_of(evaluation, each, one, window) for one in covered)
        reason = Reason.ALREADY if evaluation.known(budget).fresh else Reason.CROSSED
        alert = _alert(evaluation, each, window, reason, new[-1], before)
        return Notice(key, notified, alert, said(new[-1]))
    sent = [one for one in crossed if notified.covers(one, end)]
    if sent and window == each.present and _is_due(evaluation, budget, sent[-1], notified.last):
        alert = _alert(evaluation, each, window, Reason.REPEATED, sent[-1])
        return Notice(key, notified.notified_again(evaluation.now), alert, said(sent[-1]))
    return Notice(key, notified, None, said(None))


def _is_due(evaluation: Evaluation, budget: Budget, highest: Threshold, last: datetime | None) -> bool:
    """Tell whether what was sent last then is to be sent again: it is time, or its snooze is over."""
    if is_held(evaluation, budget, highest):
        return False
    repeats = last is not None and budget.repeat is not None and last + budget.repeat <= evaluation.now
    return repeats or evaluation.outlasts(budget, last)


def rearmed(
    evaluation: Evaluation, each: BudgetWindows, window: Window, points: int, notified: Notified
) -> Notified:
    """Re-arm at whole quarter hours of which nothing is to be read and no account is missing."""
    budget = each.rule
    if not each.rolls or window.end > evaluation.now:
        return notified
    if not evaluation.is_all_clear(window, budget.accounts if budget.together else ()):
        return notified
    fallen = notified.rearmed(points, window.end, budget.rearm_below)
    return fallen.since(each.windows[0].end - REMEMBERED)


def crossing_of(
    evaluation: Evaluation, each: BudgetWindows, threshold: Threshold, window: Window
) -> Crossing:
    """Give what is remembered of a threshold that is sent now, or covered by one."""
    rest = rested_at(window, evaluation.now) if each.rolls else None
    return Crossing(threshold.points, threshold.share, evaluation.now, window.end, rests_until=rest)


def _alert(  # noqa: PLR0913, PLR0917 - all that an alert says
    evaluation: Evaluation,
    each: BudgetWindows,
    window: Window,
    reason: Reason,
    threshold: Threshold,
    sent_before: datetime | None = None,
) -> BudgetAlert:
    """Say that a threshold is passed; at the end of its rest, a higher one may be that rests still."""
    budget = each.rule
    again = evaluation.now if reason is Reason.REPEATED else window.end
    found = standing(evaluation, each, window)
    is_critical = any(budget.points <= one.points <= found.points for one in budget.alert_at)
    severity = Severity.CRITICAL if is_critical else Severity.WARNING
    parts = (window.start, again, threshold.points, threshold.text, *filter(None, [budget.value]))
    return BudgetAlert(
        id=identity("budget", budget.fingerprint, *parts),
        rule=budget.name,
        value=budget.value,
        notify=budget.notify,
        severity=Severity.INFO if reason is Reason.ALREADY else severity,
        zone=evaluation.config.timezone,
        counted_at=evaluation.now,
        reason=reason,
        standing=found,
        threshold=threshold.text,
        threshold_points=threshold.points,
        complete=found.complete,
        missing=found.missing,
        sent_before=sent_before,
        snoozed=evaluation.snoozed(budget, window.end),
    )

"""Usage that is much more than usual -> what is notified of it, once until it is back to usual."""

import math
from datetime import datetime
from fractions import Fraction

from budget_alert.alerts import Kind, Severity, Spike, SpikeAlert
from budget_alert.config.periods import Window
from budget_alert.config.schema import CLEARLY_BELOW, SpikeRule
from budget_alert.identity import identity
from budget_alert.instants import DAY
from budget_alert.outlook.past import PAST_DAYS
from budget_alert.outlook.usual import Usual, usual
from budget_alert.rules.budget import REMEMBERED
from budget_alert.rules.decision import Held, Notice, Verdict
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.movers import rises
from budget_alert.rules.notified import Crossing, Notified, rested_at
from budget_alert.rules.windows import SpikeWindows
from budget_alert.usage.totals import Totals

ANY = Fraction(1)
"""A spike has one threshold only: its share plays no part."""


def spike_notice(evaluation: Evaluation, each: SpikeWindows, window: Window, notified: Notified) -> Notice:
    """Evaluate a window, of which this was notified before."""
    rule, key, end = each.rule, each.key(window), window.end
    points = evaluation.points(rule, window)
    if evaluation.is_all_clear(window) and end <= evaluation.now:
        # Back to what was usual: a crossing's points say below what that is.
        notified = notified.rearmed(points, end).since(each.windows[0].end - REMEMBERED)
    normal, held = compared(evaluation, rule, window, points)
    if normal and not held:
        held = _sent_before(notified, end)
    over = window == each.present and evaluation.outlasts(rule, notified.last)
    if held is Held.SENT and over:
        held = None
    needed, usually = (_reached_at(rule, normal), normal.points) if normal else (rule.at_least, None)
    found = Verdict(rule.name, Kind.SPIKE, window, points, needed, held, rule.value, usual=usually)
    if normal is None or held:
        return Notice(key, notified, None, (found,))
    alert = _alert(evaluation, rule, window, normal)
    if over:
        return Notice(key, notified.notified_again(evaluation.now), alert, (found,))
    crossing = crossing_of(rule, window, normal, evaluation.now)
    return Notice(key, notified.with_crossings([crossing]), alert, (found,))


def crossing_of(rule: SpikeRule, window: Window, normal: Usual, now: datetime) -> Crossing:
    """Give what is remembered of a spike that is sent now."""
    points = _rearms_below(rule, normal)
    return Crossing(points, ANY, now, window.end, rests_until=rested_at(window, now))


def compared(
    evaluation: Evaluation, rule: SpikeRule, window: Window, points: int
) -> tuple[Usual | None, Held | None]:
    """Give what is usual, where it is asked for and known, and why a window is no spike; None where it is."""
    if points < rule.at_least:
        return None, Held.BELOW
    if evaluation.snooze(rule, window.end):
        return None, Held.SNOOZED
    if not evaluation.is_read(Window(window.start - PAST_DAYS * DAY, window.start)):
        # What is unread would seem idle. Once a gap is closed, all windows from it on are evaluated again.
        return None, Held.PARTIAL
    past = evaluation.past_of(rule)
    normal = usual(past, window, evaluation.config.zone) if past else None
    if normal is None:
        return None, Held.UNKNOWN
    return normal, None if points >= _reached_at(rule, normal) else Held.USUAL


def _sent_before(notified: Notified, end: datetime) -> Held | None:
    if any(one.in_force(end) for one in notified.crossings):
        return Held.SENT
    return Held.RESTING if notified.resting(end) else None


def _reached_at(rule: SpikeRule, normal: Usual) -> int:
    """Give the points from which on a window is a spike."""
    return max(math.ceil(rule.times * normal.points), rule.at_least, normal.high + 1)


def _rearms_below(rule: SpikeRule, normal: Usual) -> int:
    """Give what usage has to fall below: clearly below a spike, and back to just above what is usual."""
    back = max(normal.points, normal.high, rule.at_least // 10) + 1
    return min(back, math.ceil(_reached_at(rule, normal) * CLEARLY_BELOW))


def _alert(evaluation: Evaluation, rule: SpikeRule, window: Window, normal: Usual) -> SpikeAlert:
    usage, past = evaluation.usage_of(rule), evaluation.past_of(rule)
    totals = usage.between(window.start, window.end)
    days = evaluation.days_before(window.start, usage)
    share = (window.end - window.start) / DAY
    # Where all accounts are summed, they stand in the place of keys.
    keys = rises(totals, days, share, Totals.by_key)
    spike = Spike(
        window=window,
        points=totals.points,
        usual=normal.points,
        times=rule.times,
        at_least=rule.at_least,
        bots=rises(totals, days, share, Totals.by_bot),
        keys=() if rule.together else keys,
        accounts=keys if rule.together else (),
        idle_since=past.until(window.start).idle_since if past else None,
    )
    return SpikeAlert(
        id=identity("spike", rule.fingerprint, window.end, *filter(None, [rule.value])),
        rule=rule.name,
        value=rule.value,
        notify=rule.notify,
        severity=Severity.WARNING,
        zone=evaluation.config.timezone,
        usd_per_million_points=evaluation.config.usd_per_million_points,
        counted_at=evaluation.now,
        spike=spike,
        complete=evaluation.whole(window),
        missing=evaluation.missing(window),
        snoozed=evaluation.snoozed(rule, window.end),
    )

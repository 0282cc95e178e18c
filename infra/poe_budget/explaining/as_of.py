"""What a function knew, counted and had sent at an instant, as far as its table still says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from budget_alert.alerts import (
    Alert,
    BudgetAlert,
    ForecastAlert,
    Kind,
    OfUsage,
    Reason,
    SpikeAlert,
    WelcomeAlert,
)
from budget_alert.config.periods import Rolling, Window, rolling_window
from budget_alert.config.schema import Config
from budget_alert.instants import DAY, MICROSECOND, SLOT, slot_end, slot_of
from budget_alert.ledger.ledger import Ledger
from budget_alert.ledger.reads import read_for
from budget_alert.outlook.past import HOUR
from budget_alert.rules import budget as budgets, forecast as forecasts, spike as spikes
from budget_alert.rules.evaluation import Evaluation, evaluation_of, with_configs
from budget_alert.rules.notified import WELCOMED, Crossing, Known, Notified
from budget_alert.rules.windows import BudgetWindows, SpikeWindows
from budget_alert.usage.slots import Slots
from poe_budget.snapshot import Remembered, SavedUsage

LOOKS_BACK = 60 * DAY
"""What was sent before that has re-armed, or is still remembered."""


class Sending(msgspec.Struct, frozen=True):
    """Something was sent at an instant: of a window, so many points, perhaps `again`; `value` as alerts."""

    kind: Kind
    value: str
    at: datetime
    window: Window
    points: int
    again: bool = False


def evaluation_as_of(
    config: Config, ledger: Ledger, known: Remembered, at: datetime, alerts: Iterable[Alert]
) -> Evaluation:
    """Put together what the function would have evaluated at the end of a quarter hour, by a config.

    `alerts` are those that were written by then. What was sent is known from them, and from what the ledger
    still holds. How much was left then is kept nowhere. Raises LedgerError.
    """
    new = [alert for alert in alerts if alert.counted_at > at - LOOKS_BACK]
    sendings = [one for alert in new for _, rule in config.rules for one in _sendings(alert, rule.name)]
    own = [alert for alert in new if any(alert.rule == rule.name for _, rule in config.rules)]
    known = _known(known, config, at, since(config, at, own))
    asked = evaluation_of(config, known.memory, known.state, at, None, known.snoozes)
    spans = [(at - DAY, at), *asked.spans(), *filter(None, [asked.past_days])]
    longest = max((end - start for start, end in asked.spans()), default=DAY)
    begins = min(*(start for start, _ in spans), *(one.window.end - longest for one in sendings))
    slots = ledger.slots((slot_of(max(begins, known.state.known_from)), at))
    read = read_for(asked, _Then(slots, ledger, at))
    return replace(read, notified={**read.notified, **dict(_rebuilt(read, sendings))})


class _Then(SavedUsage):
    """What was used and sent by an instant."""

    def __init__(self, slots: Slots, ledger: Ledger, at: datetime) -> None:
        super().__init__(slots)
        self._ledger = ledger
        self._at = at

    def notified(self, keys: Sequence[str]) -> Mapping[str, Notified]:
        """Give what the ledger still has of what was sent by then."""
        return {key: _kept(one, self._at) for key, one in self._ledger.notified(keys).items()}


def since(config: Config, at: datetime, alerts: Iterable[Alert]) -> datetime:
    """Give from when on windows are looked at: also one that ends just then, or was just sent of.

    Of queries it is a day.
    """
    windows = just_sent(alerts, at)
    earliest = [at - DAY] if config.queries else []
    return min([at - MICROSECOND, *earliest, *(max(one.start, one.end - SLOT) for one in windows)])


def just_sent(alerts: Iterable[Alert], at: datetime) -> set[Window]:
    """Give the windows of what was sent within the quarter hour before."""
    new = (alert for alert in alerts if isinstance(alert, OfUsage) and at - SLOT < alert.counted_at <= at)
    return {window for alert in new if (window := alert.figures.window)}


def _known(known: Remembered, config: Config, at: datetime, since: datetime) -> Remembered:
    """Go back to what was remembered, by a function that had just read everything."""
    state, memory = known.state, known.memory
    combined = replace(state.combined, at=at) if state.combined else None
    snoozes = replace(known.snoozes, each=tuple(one for one in known.snoozes.each if one.start <= at))
    return Remembered(
        replace(state, completed_at=at, answered_at=at, combined=combined, unevaluated_from=since),
        replace(
            memory,
            rules={rule: Known(one.since, fresh=False) for rule, one in memory.rules.items()},
            welcomed=WELCOMED,
            low={},
            rests_until=None,
            repeats_at=None,
            snoozed=with_configs(snoozes, config).last(at),
        ),
        snoozes,
    )


def _sendings(alert: Alert, rule: str) -> Iterator[Sending]:
    """Give what an alert says was sent of a rule: a welcome, whatever budgets had reached."""
    at = alert.counted_at
    if isinstance(alert, WelcomeAlert) and not alert.test:
        reached = (one for one in alert.standings if one.rule == rule)
        yield from (Sending(Kind.BUDGET, one.value, at, one.window, one.points) for one in reached)
    if alert.rule != rule:
        return
    if isinstance(alert, BudgetAlert):
        again = alert.reason is Reason.REPEATED
        yield Sending(Kind.BUDGET, alert.value, at, alert.standing.window, alert.threshold_points, again)
    if isinstance(alert, ForecastAlert):
        yield Sending(Kind.FORECAST, alert.value, at, alert.standing.window, alert.threshold_points)
    if isinstance(alert, SpikeAlert):
        yield Sending(Kind.SPIKE, alert.value, at, alert.spike.window, alert.spike.points)


def _kept(stored: Notified, at: datetime) -> Notified:
    """Leave out what was sent later, and what re-armed later."""
    return Notified(
        tuple(
            replace(one, rearmed_at=one.rearmed_at if one.rearmed_at and one.rearmed_at <= at else None)
            for one in stored.crossings
            if one.notified_at <= at
        ),
        {value: _kept(one, at) for value, one in stored.values.items()},
    )


def _rebuilt(read: Evaluation, sendings: Sequence[Sending]) -> Iterator[tuple[str, Notified]]:
    """Work out what counted as notified from what was sent: a ledger forgets what has re-armed for long."""
    kept = read.notified
    for each in read.budgets:
        own = [one for one in sendings if one.value == each.rule.value]
        for key, made in _of_budget(read, each, [one for one in own if one.kind is Kind.BUDGET]).items():
            yield key, _both(made, kept.get(key))
        foreseen = [one for one in own if one.kind is Kind.FORECAST]
        yield each.forecast_key, _of_forecast(read, each, kept.get(each.forecast_key), foreseen)
    for spike in read.spikes:
        bursts = [one for one in sendings if one.kind is Kind.SPIKE and one.value == spike.rule.value]
        yield spike.present_key, _of_spike(read, spike, kept.get(spike.present_key), bursts)


def _both(made: Notified, kept: Notified | None) -> Notified:
    """Put both together; the ledger knows better when something re-armed."""
    every = (*made.crossings, *(kept or Notified()).crossings)
    return Notified(tuple({(one.points, one.share, one.window_end): one for one in every}.values()))


def _windows(period: Rolling, sendings: Sequence[Sending], now: datetime) -> Iterator[Window]:
    """Give every window of a rolling period from the first of which something was sent."""
    end = min((one.window.end for one in sendings), default=slot_end(now))
    while end <= slot_end(now):
        yield rolling_window(period, end)
        end += SLOT


def _of_budget(read: Evaluation, each: BudgetWindows, sendings: Sequence[Sending]) -> dict[str, Notified]:
    known: dict[str, Notified] = {}
    period, own = each.rule.period, {one.window for one in sendings}.intersection(each.windows)
    rolling = _windows(period, sendings, read.now) if isinstance(period, Rolling) else None
    for window in rolling or sorted(own):
        found = known.get(each.key(window), Notified())
        found = budgets.rearmed(read, each, window, read.points(each.rule, window), found)
        for one in (one for one in sendings if one.window == window):
            then = replace(read, now=one.at)
            made = [
                budgets.crossing_of(then, each, level, window)
                for level in each.rule.alert_at
                if level.points <= one.points and not found.covers(level, window.end)
            ]
            found = found.notified_again(one.at) if one.again else found.with_crossings(made)
        known[each.key(window)] = found
    return known


def _of_forecast(
    read: Evaluation, each: BudgetWindows, kept: Notified | None, sendings: Sequence[Sending]
) -> Notified:
    found = kept or Notified()
    for one in sendings:
        if one.window != each.present or any(known.notified_at == one.at for known in found.crossings):
            continue
        made = (
            forecasts.crossing_of(each, level, one.at)
            for level in each.rule.forecast_at
            if level.points <= one.points and not found.covers(level, slot_end(one.at))
        )
        found = found.with_crossings([_doubted(read, each, crossing) for crossing in made])
    return found


def _doubted(read: Evaluation, each: BudgetWindows, crossing: Crossing) -> Crossing:
    """Re-arm a crossing at the first quarter hour at which it was doubtful."""
    at = slot_end(crossing.notified_at)
    while at <= read.now:
        chance = budgets.chance_at(read, each, crossing.points, at)
        if chance is not None and chance < forecasts.DOUBTFUL:
            return replace(crossing, rearmed_at=at)
        at += SLOT
    return crossing


def _of_spike(
    read: Evaluation, each: SpikeWindows, kept: Notified | None, sendings: Sequence[Sending]
) -> Notified:
    stored = {one.window_end: one for one in (kept or Notified()).crossings}
    found = Notified()
    period = Rolling(each.rule.window // HOUR)
    for window in _windows(period, sendings, read.now):
        points = read.usage_of(each.rule).points(window.start, window.end)
        if window.end <= read.now:
            found = found.rearmed(points, window.end)
        for one in sendings:
            if one.window == window and not any(known.in_force(window.end) for known in found.crossings):
                normal, _ = spikes.compared(read, each.rule, window, points)
                made = [spikes.crossing_of(each.rule, window, normal, one.at)] if normal else []
                known = stored.get(window.end)
                found = found.with_crossings([replace(known, rearmed_at=None)] if known else made)
    return _both(found, kept)

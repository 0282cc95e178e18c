"""What was found of a rule at an instant, and what was sent of it, as plain values and in words."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from budget_alert.alerts import BudgetAlert, Kind, OfBudget
from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget, SpikeRule
from budget_alert.identity import key_of
from budget_alert.instants import slot_end, slot_of
from budget_alert.ledger.outbox import Owed
from budget_alert.messages.budgets import as_written
from budget_alert.messages.times import day_and_time
from budget_alert.messages.wording import begin, name, number, points
from budget_alert.outlook.foreseen import LIKELY
from budget_alert.rules.decision import Held, Notice, Verdict
from budget_alert.rules.evaluate import evaluate
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Crossing, Notified

MOST_SENT, MOST_VALUES = 10, 10
_ONCE = (Kind.QUERY, Kind.BALANCE)
"""Kinds whose thresholds belong to no window of the rule."""
Outcome: TypeAlias = Literal["accepted", "refused", "unsure", "waiting"]
OUTCOMES: dict[Outcome, str] = {
    "accepted": "took it",
    "refused": "refused it",
    "unsure": "may have it",
    "waiting": "has still to take it",
}


class Threshold(msgspec.Struct, frozen=True, kw_only=True, rename={"found": "points"}):
    """A threshold of a rule in one window, as `kind` of alert, and why nothing was sent of it.

    `value` is the one key or bot that it is about, where the rule is one for each of them, else "".
    `points` are those of the window, of one query, or of what is left; `needed` those that are asked for,
    null for a runway. `threshold` is as the config spells it, "" where there is only one. `held` is null
    where nothing holds it back: it is sent with the next run. `sent_at` is when it was sent, or a higher one
    that covers it, and `rests_until` until when what comes back is not sent again. `chance`, 0 to 1, is that
    of a forecast, `usual` what is usual where a spike was looked for. `words` say the reason in a sentence.
    """

    kind: Kind
    value: str
    start: datetime | None
    end: datetime | None
    found: int
    threshold: str
    needed: int | None
    held: Held | None
    sent_at: datetime | None
    rests_until: datetime | None
    chance: float | None
    usual: int | None
    words: str


class Delivery(msgspec.Struct, frozen=True):
    """What became of an alert at a channel: `unsure`, where it did not say whether it took it."""

    channel: str
    outcome: Outcome


class Written(msgspec.Struct, frozen=True, kw_only=True, rename={"found": "points"}):
    """An alert of the rule, when it was written, and what became of it at each channel.

    `threshold` is as the config spelled it, "" where there is only one; `reason` says why a budget's alert
    was sent: crossed, repeated, already.
    """

    at: datetime
    kind: Kind
    value: str
    threshold: str
    found: int | None
    start: datetime | None
    end: datetime | None
    reason: str
    channels: tuple[Delivery, ...]


def thresholds_of(evaluation: Evaluation, sent: Collection[Window] = ()) -> tuple[Threshold, ...]:
    """Evaluate, and give what was found of every threshold.

    Of windows that overlap the fullest is shown, and those of which something was just `sent`.
    """
    decision = evaluate(evaluation)
    shown, known = set(_shown(evaluation)), {**evaluation.notified, **dict(_left_by(decision.notices))}
    return tuple(
        _threshold(evaluation, one, known)
        for one in decision.verdicts
        if one.kind in _ONCE or one.window in sent or (one.value, one.window) in shown
    )


def _shown(evaluation: Evaluation) -> Iterator[tuple[str, Window]]:
    for each in evaluation.budgets:
        fullest = _fullest(evaluation, each.rule, each.windows)
        yield from ((each.rule.value, one) for one in (fullest if each.rolls else each.windows))
    for spike in evaluation.spikes:
        yield from ((spike.rule.value, one) for one in _fullest(evaluation, spike.rule, spike.windows))


def _fullest(evaluation: Evaluation, rule: Budget | SpikeRule, windows: Sequence[Window]) -> list[Window]:
    """Give the fuller one of the last window that is over and the present one, if there are any."""
    usage = evaluation.usage_of(rule)
    last = [one for one in windows if one.end >= slot_of(evaluation.now)]
    return sorted(last, key=lambda one: -usage.points(one.start, one.end))[:1]


def _left_by(notices: Iterable[Notice]) -> Iterator[tuple[str, Notified]]:
    for one in notices:
        yield one.key, one.notified
        yield from ((key_of(one.key, value), known) for value, known in one.notified.values.items())


def _threshold(evaluation: Evaluation, one: Verdict, known: dict[str, Notified]) -> Threshold:
    crossing = _crossing(evaluation, one, known)
    sent_at = crossing.notified_at if crossing else _sent_of_balance(evaluation, one)
    rests_until = crossing.rests_until if crossing and one.held is Held.RESTING else None
    return Threshold(
        kind=one.kind,
        value=one.value,
        start=one.window.start if one.window else None,
        end=one.window.end if one.window else None,
        found=one.points,
        threshold=one.threshold,
        needed=one.needed,
        held=one.held,
        sent_at=sent_at,
        rests_until=rests_until,
        chance=None if one.chance is None else round(one.chance, 4),
        usual=one.usual,
        words=_words(evaluation, one, sent_at, rests_until),
    )


def _crossing(evaluation: Evaluation, one: Verdict, known: dict[str, Notified]) -> Crossing | None:
    """Give what was sent and holds a threshold back: itself, or else the lowest of those above it."""
    if one.held not in (Held.SENT, Held.COVERED, Held.RESTING) or one.window is None:
        return None
    window = one.window
    if one.kind is Kind.QUERY:
        every = [each for stored in known.values() for each in stored.crossings]
        return next((each for each in every if window.start <= each.window_end < window.end), None)
    least = 0 if one.kind is Kind.SPIKE else one.needed or 0
    own = [each for each in evaluation.windowed if (each.rule.name, each.rule.value) == (one.rule, one.value)]
    keys = [each.forecast_key if one.kind is Kind.FORECAST else each.key(window) for each in own]
    end = slot_end(evaluation.now) if one.kind is Kind.FORECAST else window.end
    every = [each for key in keys for each in known.get(key, Notified()).crossings]
    held = [each for each in every if (each.rests(end) if one.held is Held.RESTING else each.in_force(end))]
    reached = [each for each in held if each.points >= least]
    return max(reached, key=lambda each: (least and -each.points, each.notified_at), default=None)


def _sent_of_balance(evaluation: Evaluation, one: Verdict) -> datetime | None:
    if one.kind is not Kind.BALANCE or one.held not in (Held.SENT, Held.RESTING):
        return None
    lows = evaluation.memory.low.values()
    sent = [low.below_at if one.threshold == "below" else low.runway_at for low in lows]
    return max(filter(None, sent), default=None)


def _words(
    evaluation: Evaluation, one: Verdict, sent_at: datetime | None, rests_until: datetime | None
) -> str:
    zone = evaluation.config.timezone
    on = f" on {day_and_time(sent_at, zone)}" if sent_at else ""
    rests = f", and rests until {day_and_time(rests_until, zone)}" if rests_until else ", and rests"
    rule = next(rule for _, rule in evaluation.config.rules if rule.name == one.rule)
    if isinstance(rule, Budget | SpikeRule):
        rule = replace(rule, value=one.value)
    snooze = evaluation.snooze(rule, one.window.end if one.window else None)
    until = f" until {day_and_time(snooze.until, zone)}" if snooze else ""
    sure = "" if one.chance is None else f": {_percent(one.chance)}, and it takes {_percent(LIKELY)}"
    more = (one.needed or 0) - one.points
    words: dict[Held | None, str] = {
        None: "nothing holds it back: the next run sends it",
        Held.BELOW: f"not reached: {points(more)} to go",
        Held.USUAL: f"not enough more than the usual {number(one.usual or 0)}",
        Held.ENOUGH: "enough is left",
        Held.UNLIKELY: f"not likely{sure}",
        Held.REACHED: "reached already, so there is nothing to forecast",
        Held.EARLY: "too early in the window to forecast",
        Held.UNKNOWN: "less than three days of the past are known",
        Held.PARTIAL: "usage that it goes by is not read yet",
        Held.SENT: f"sent already{on}",
        Held.COVERED: f"covered by a higher one{on and f', sent{on}'}",
        Held.RESTING: f"sent{on}, has fallen and come back{rests}",
        Held.SNOOZED: f"snoozed{until}",
        Held.WELCOMED: "reached before the first reading was through: the welcome says so",
        Held.LATER: "a later run sends it: so many cannot be sent at once",
    }
    return words[one.held]


def _percent(chance: float | None) -> str:
    # What is plainly not likely of one of many keys is not worked out.
    return "under 50 %" if chance is None else f"{int(chance * 100)} %"


def written(alerts: Iterable[Owed]) -> tuple[Written, ...]:
    """Give the last alerts of those in an outbox, and what became of them."""
    return tuple(_written(one) for one in sorted(alerts, key=lambda one: one.key)[-MOST_SENT:])


def _written(one: Owed) -> Written:
    alert, figures = one.alert, one.alert.figures
    return Written(
        at=one.written_at,
        kind=alert.kind,
        value=alert.value,
        threshold=alert.threshold if isinstance(alert, OfBudget) else "",
        found=figures.found,
        start=figures.window.start if figures.window else None,
        end=figures.window.end if figures.window else None,
        reason=alert.reason if isinstance(alert, BudgetAlert) else "",
        channels=tuple(_deliveries(one)),
    )


def _deliveries(one: Owed) -> Iterator[Delivery]:
    for channel in sorted(one.owed | one.accepted | one.refused):
        if channel in one.accepted:
            yield Delivery(channel, "accepted")
        elif channel in one.refused:
            yield Delivery(channel, "refused")
        else:
            yield Delivery(channel, "unsure" if one.attempts(channel) else "waiting")


def rows(found: Sequence[Threshold], zone: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of a table of what was found, its header first; of many keys or bots the fullest."""
    fullest = sorted({(-one.found, one.value) for one in found})
    shown = list(dict.fromkeys(value for _, value in fullest))[:MOST_VALUES]
    yield (*(["Of"] if any(shown) else []), "Window", "Points", "Threshold", "Why")
    for one in sorted((one for one in found if one.value in shown), key=lambda one: shown.index(one.value)):
        ends = [day_and_time(each, zone) for each in (one.start, one.end) if each]
        whose = [name(one.value)] if any(shown) else []
        yield (*whose, " to ".join(ends), number(one.found), _level(one), begin(one.words))


def _level(one: Threshold) -> str:
    level = points(one.needed) if one.needed is not None else one.threshold
    if one.threshold.endswith("%"):
        level = f"{as_written(one.threshold)} ({level})"
    return f"forecast of {level}" if one.kind is Kind.FORECAST else level


def sent_words(one: Written, zone: str) -> str:
    """Say in a line what was sent, and what became of it."""
    what = f"{as_written(one.threshold)}" if one.threshold else one.kind.value
    forecast = "forecast of " if one.kind is Kind.FORECAST else ""
    found = f" at {points(one.found)}" if one.found is not None else ""
    why = {"repeated": ", again", "already": ", passed when the rule was new"}.get(one.reason, "")
    channels = ", ".join(f"{_called(each.channel)} {OUTCOMES[each.outcome]}" for each in one.channels)
    whose = f"{name(one.value)}, " if one.value else ""
    return f"{day_and_time(one.at, zone)}: {whose}{forecast}{what}{found}{why}; {channels}"


def _called(channel: str) -> str:
    """Name a channel of the outbox; one of a rule's own in Slack by its name in the secret."""
    main, _, own = channel.partition(":")
    return f"Slack ({name(own)})" if own else {"slack": "Slack", "sns": "SNS"}.get(main, main)

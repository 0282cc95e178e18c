"""What was found of each threshold, and what a tick will write and send: alerts, and that they were sent."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from budget_alert.alerts import Alert, Kind
from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget, Threshold
from budget_alert.rules.notified import Memory, Notified
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State


class Held(StrEnum):
    """Why nothing is sent; the names are those of the log and of `poe-budget explain --json`."""

    BELOW = "below"
    """It is not reached."""
    USUAL = "usual"
    """It is not enough more than what is usual."""
    ENOUGH = "enough"
    """Enough is left."""
    UNLIKELY = "unlikely"
    """The chance is too small."""
    REACHED = "reached"
    """What is used has reached it already, so there is nothing to forecast."""
    EARLY = "early"
    """Too little of the window is over."""
    UNKNOWN = "unknown"
    """Too little is known of the past."""
    PARTIAL = "partial"
    """Usage that it goes by is not read yet."""
    SENT = "sent"
    """It was sent, and is not re-armed."""
    COVERED = "covered"
    """A higher one was sent, or is now."""
    RESTING = "resting"
    """It was sent, and what comes back within its rest is not sent again."""
    SNOOZED = "snoozed"
    """The rule is snoozed."""
    WELCOMED = "welcomed"
    """It was reached before the first reading was through: the welcome says so."""
    LATER = "later"
    """A later run sends it: so many cannot be written at once."""


NOT_REACHED = (Held.BELOW, Held.USUAL, Held.ENOUGH, Held.UNLIKELY, Held.REACHED, Held.EARLY)
"""Where that is why, nothing is held back that one would expect."""


class Verdict(msgspec.Struct, frozen=True):
    """What was found of a threshold: `held` says why nothing is sent; None where it is sent.

    `points` are those of the window, of one query, or of what is left; `needed` how many are asked for, None
    where that is not known. `value` is the one key or bot that it is about, "" for all; `threshold` as the
    config spells it. `chance`, 0 to 1, is there for forecasts, `usual` for spikes.
    """

    rule: str
    kind: Kind
    window: Window | None
    points: int
    needed: int | None
    held: Held | None
    value: str = ""
    threshold: str = ""
    chance: float | None = None
    usual: int | None = None


class Notice(msgspec.Struct, frozen=True):
    """What is remembered as notified under a key, and the alert that says it, if anything is to be sent.

    `verdicts` say what was found of each threshold, and are not written.
    """

    key: str
    notified: Notified
    alert: Alert | None = None
    verdicts: tuple[Verdict, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick writes before anything is sent: notices, other alerts, changed memory.

    `roster` is there where it has changed. `evaluated` says that every budget was evaluated up to now.
    `verdicts` say what was found of every threshold, and are not written.
    """

    notices: tuple[Notice, ...] = ()
    others: tuple[Alert, ...] = ()
    memory: Memory | None = None
    roster: Roster | None = None
    evaluated: bool = False
    verdicts: tuple[Verdict, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert of the decision."""
        return (*(notice.alert for notice in self.notices if notice.alert is not None), *self.others)

    def matters(self, state: State) -> bool:
        """Whether writing the decision changes anything."""
        changed = self.notices or self.others or self.memory or self.roster
        return bool(changed or (self.evaluated and state.unevaluated_from))


def held_by(notified: Notified, threshold: Threshold, window_end: datetime) -> Held | None:
    """Say why a threshold is no news for the window with that end; None where it is news.

    A crossing that is re-armed and rests holds back itself alone, and no lower threshold.
    """
    if notified.covers(threshold, window_end):
        return Held.COVERED if notified.is_covered(threshold, window_end) else Held.SENT
    rests = any(one.is_of(threshold) for one in notified.resting(window_end))
    return Held.RESTING if rests else None


Why: TypeAlias = tuple[Threshold, Held | None, float | None]
"""A threshold, why nothing is sent of it, and of a forecast its chance."""


def verdicts_of(  # noqa: PLR0913, PLR0917 - all that a budget's verdicts say
    rule: Budget, kind: Kind, window: Window, points: int, why: Iterable[Why], sent: Threshold | None
) -> tuple[Verdict, ...]:
    """Give the verdicts of a budget's thresholds, of which one is sent and covers others that could be."""
    reasons = ((one, None if one == sent else held or Held.COVERED, chance) for one, held, chance in why)
    return tuple(
        Verdict(rule.name, kind, window, points, one.points, held, rule.value, one.text, chance)
        for one, held, chance in reasons
    )


def held_back(verdicts: Iterable[Verdict]) -> dict[str, Held]:
    """Say of each rule that holds back what its newest window has reached, why; of the highest threshold."""
    every = list(verdicts)
    newest = {(one.rule, one.value, one.kind): one.window for one in every}
    found: dict[str, Held] = {}
    for one in every:
        if one.held and one.held not in NOT_REACHED and one.window == newest[one.rule, one.value, one.kind]:
            found[one.rule] = one.held
    sent = {one.rule for one in every if one.held is None}
    return {rule: held for rule, held in found.items() if rule not in sent}

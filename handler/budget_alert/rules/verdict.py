"""What was found of each threshold that was evaluated, and why nothing is sent of it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

import msgspec

from budget_alert.alerts import Kind
from budget_alert.config.periods import Window
from budget_alert.config.schema import Budget, Threshold


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

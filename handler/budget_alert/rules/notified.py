"""What was notified of a rule: the memory that keeps an alert from being sent twice."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from fractions import Fraction

import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.config.periods import Window
from budget_alert.config.schema import Threshold
from budget_alert.instants import slot_end
from budget_alert.rules.known_troubles import KnownTrouble
from budget_alert.rules.reconciliation import Reconciliation

WHOLLY = Fraction(1)
FIRST_SCAN_GOES_ON, WELCOMED = 1, 2
"""What `Memory.welcomed` counts up to."""


class Crossing(msgspec.Struct, frozen=True, rename={"notified_at": "told_at"}):
    """A threshold that was notified (or covered by a higher one): its points and its share of the limit.

    `window_end` is the end of the window that it was notified for; `rearmed_at` the end of the first later
    window whose usage was clearly below it again, which only a rolling window can have. `notified_at` is when
    it was last. Up to `rests_until` the same threshold stays silent, though it is re-armed.
    """

    points: int
    share: Fraction
    notified_at: datetime
    window_end: datetime
    rearmed_at: datetime | None = None
    rests_until: datetime | None = None

    def is_of(self, threshold: Threshold) -> bool:
        """Tell whether it is one of this threshold."""
        return (self.points, self.share) == (threshold.points, threshold.share)

    def in_force(self, window_end: datetime) -> bool:
        """Tell whether it is not re-armed, or was not yet when a window ended."""
        return self.rearmed_at is None or window_end <= self.rearmed_at

    def rests(self, window_end: datetime) -> bool:
        """Tell whether it stays silent for the window with that end, whatever usage does meanwhile."""
        return self.rests_until is not None and window_end <= self.rests_until


class Notified(msgspec.Struct, frozen=True, omit_defaults=True, rename={"crossings": "marks"}):
    """All crossings of one rule in one window, or of one rolling rule; `values` has those of each key."""

    crossings: tuple[Crossing, ...] = ()
    values: Mapping[str, "Notified"] = {}

    def covers(self, threshold: Threshold, window_end: datetime) -> bool:
        """Tell whether crossings in force for the window with that end are as high as a threshold.

        It is new if its points exceed all that were notified, or its share exceeds all shares.
        """
        valid = [one for one in self.crossings if one.in_force(window_end)]
        exceeded = all(one.points < threshold.points for one in valid)
        return not (exceeded or all(one.share < threshold.share for one in valid))

    def is_covered(self, threshold: Threshold, window_end: datetime) -> bool:
        """Tell whether a threshold that counts as sent was never sent itself, but a higher one was."""
        higher = {one.notified_at for one in self.crossings if one.points > threshold.points}
        own = [one for one in self.crossings if one.in_force(window_end) and one.is_of(threshold)]
        return all(one.notified_at in higher for one in own)

    def sent_before(self, threshold: Threshold) -> datetime | None:
        """Tell when a threshold was sent last, or covered by one; None where it never was, or long ago."""
        return max((one.notified_at for one in self.crossings if one.is_of(threshold)), default=None)

    def resting(self, window_end: datetime) -> tuple[Crossing, ...]:
        """Give the crossings that stay silent for the window with that end, though it re-armed them."""
        return tuple(one for one in self.crossings if one.rearmed_at is not None and one.rests(window_end))

    def active(self) -> tuple[Crossing, ...]:
        """Give the crossings that have not been re-armed."""
        return tuple(one for one in self.crossings if one.rearmed_at is None)

    def rest_ends(self, now: datetime, reached: int | None = None) -> list[datetime]:
        """Tell when those re-armed that rest by now will have rested; of those up to so many points."""
        resting = [one for one in self.resting(now) if reached is None or one.points <= reached]
        # At its end a rest is over, for the window of a tick then ends later.
        return [one.rests_until for one in resting if one.rests_until and one.rests_until > now]

    @property
    def last(self) -> datetime | None:
        """When any crossing that has not been re-armed was notified last; None where there is none."""
        return max((one.notified_at for one in self.active()), default=None)

    def rearmed(self, points: int, window_end: datetime, below: Fraction = WHOLLY) -> "Notified":
        """Re-arm the crossings of which the usage of a later window is less than this share."""
        return self.rearmed_where(
            lambda one: window_end > one.window_end and points < one.points * below, window_end
        )

    def rearmed_where(self, falls: Callable[[Crossing], bool], at: datetime) -> "Notified":
        """Re-arm, of the crossings that are not, those of which something holds."""
        return self._changed(lambda one: falls(one) and one.rearmed_at is None, rearmed_at=at)

    def notified_again(self, now: datetime) -> "Notified":
        """Take note that what is active was notified once more."""
        return self._changed(lambda one: one.rearmed_at is None, notified_at=now)

    def _changed(self, which: Callable[[Crossing], bool], **changes: datetime) -> "Notified":
        return Notified(
            tuple(msgspec.structs.replace(one, **changes) if which(one) else one for one in self.crossings)
        )

    def with_crossings(self, crossings: Iterable[Crossing]) -> "Notified":
        """Add crossings."""
        return Notified((*self.crossings, *crossings))

    def since(self, oldest: datetime) -> "Notified":
        """Forget crossings that were re-armed before an instant, and have rested by then."""
        return Notified(tuple(one for one in self.crossings if one.in_force(oldest) or one.rests(oldest)))


def rested_at(window: Window, now: datetime) -> datetime:
    """Tell until when a threshold rests that is notified now for a window: a length from then on.

    What is sent later than that, after an outage, rests from its window's end, lest old news hold back new.
    """
    length = window.end - window.start
    late = now - window.end >= length
    return (window.end if late else max(window.end, slot_end(now))) + length


class Known(msgspec.Struct, frozen=True):
    """Since when a rule is known; it is `fresh` until its present window was once read to the end."""

    since: datetime
    fresh: bool = True


class Low(msgspec.Struct, frozen=True):
    """What was notified of a balance rule and still holds: too few points, too short a runway.

    `below_at` and `runway_at` are when each was sent last, for as long as it rests from then on.
    """

    below: bool = False
    runway: bool = False
    below_at: datetime | None = None
    runway_at: datetime | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"troubles": "episodes"}):
    """What the function remembers besides usage: rules by fingerprint, troubles, the last good config.

    `listened_at` is when the topic was last looked at for a confirmed subscription, `listening` whether there
    was one. `welcomed` counts the welcomes: 0, 1 while the first scan goes on, 2 when it is through.
    `unreachable` counts the ticks in a row, up to three, in which Poe could not be reached, `unanswered`
    those in which it did not say what is left. `passed_over` counts, up to two, the intervals in a row whose
    ticks came too late. `low` holds the balance rules that are notified, by fingerprint; `cycles` when points
    are granted, as last heard and as heard before. `digested_until` is the end of the last window that a
    digest summed up, or passed over; `corrected` what audits had changed by then, in points. `repeats_at` is
    when the first repetition is due, `rests_until` when the first rest ends that holds something back; None
    where none does. `snoozed` says of rules, as last evaluated, from when until when they are silent; of one
    that was so before, when that ended, twice. `slack` says whether there was a Slack when the secret was
    last known.
    """

    # What is as here is not stored, so none of these may ever become another one.
    rules: dict[str, Known] = {}
    troubles: dict[str, KnownTrouble] = {}
    config: str | None = None
    listened_at: datetime | None = None
    listening: bool = False
    welcomed: int = 0
    unreachable: int = 0
    unanswered: int = 0
    passed_over: int = 0
    low: dict[str, Low] = {}
    cycles: tuple[Cycle, ...] = ()
    reconciliation: Reconciliation | None = None
    digested_until: datetime | None = None
    corrected: int = 0
    repeats_at: datetime | None = None
    rests_until: datetime | None = None
    snoozed: dict[str, Window] = {}
    slack: bool = False

    @property
    def unexplained(self) -> int:
        """By how many points more the balance fell than the history explains."""
        return self.reconciliation.unexplained if self.reconciliation else 0

"""What was told of a rule: the memory that keeps an alert from being told twice."""

from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction

import msgspec

from budget_alert.config.billing import Cycle
from budget_alert.policy.reckoning import Reckoning

FIRST_WALK_GOES_ON, WELCOMED = 1, 2
"""What `Notes.welcomed` counts up to."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that was told (or covered by a higher one): its points and its share of the limit.

    `window_end` is the end of the window that it was told for; `rearmed_at` the end of the first later
    window whose usage was below it again, which only a rolling window can have. `told_at` is when it was
    told last.
    """

    points: int
    share: Fraction
    told_at: datetime
    window_end: datetime
    rearmed_at: datetime | None = None


class Told(msgspec.Struct, frozen=True):
    """All marks of one rule in one window, or of one rolling rule."""

    marks: tuple[Mark, ...] = ()

    def holds(self, points: int, share: Fraction, window_end: datetime) -> bool:
        """Tell whether a threshold counts as told for the window with that end.

        It is new if its points exceed all told points, or its share exceeds all told shares.
        """
        valid = [mark for mark in self.marks if mark.rearmed_at is None or window_end <= mark.rearmed_at]
        return any(mark.points >= points for mark in valid) and any(mark.share >= share for mark in valid)

    def active(self) -> tuple[Mark, ...]:
        """Give the marks that have not been re-armed."""
        return tuple(mark for mark in self.marks if mark.rearmed_at is None)

    @property
    def last(self) -> datetime | None:
        """When any mark that has not been re-armed was told last; None where there is none."""
        return max((mark.told_at for mark in self.active()), default=None)

    def rearmed(self, points: int, window_end: datetime) -> "Told":
        """Re-arm what lies above the usage of a later window."""
        return Told(tuple(_rearm(mark, points, window_end) for mark in self.marks))

    def with_marks(self, marks: Iterable[Mark]) -> "Told":
        """Add marks."""
        return Told((*self.marks, *marks))

    def told_again(self, now: datetime) -> "Told":
        """Take note that what is active was told once more."""
        return Told(tuple(_again(mark, now) for mark in self.marks))

    def keeping(self, holds: Callable[[Mark], bool]) -> "Told":
        """Forget the marks that hold no longer."""
        return Told(tuple(mark for mark in self.marks if holds(mark)))

    def since(self, oldest: datetime) -> "Told":
        """Forget marks that were re-armed before an instant."""
        return Told(
            tuple(mark for mark in self.marks if mark.rearmed_at is None or mark.rearmed_at >= oldest)
        )


def _again(mark: Mark, now: datetime) -> Mark:
    return mark if mark.rearmed_at is not None else msgspec.structs.replace(mark, told_at=now)


def _rearm(mark: Mark, points: int, window_end: datetime) -> Mark:
    falls = mark.rearmed_at is None and points < mark.points and window_end > mark.window_end
    return msgspec.structs.replace(mark, rearmed_at=window_end) if falls else mark


class Known(msgspec.Struct, frozen=True):
    """Since when a rule is watched; it is `fresh` until its present window was once read to the end."""

    since: datetime
    fresh: bool = True


class Episode(msgspec.Struct, frozen=True):
    """A trouble that was told and has not ended: since when, and in which words."""

    since: datetime
    text: str


class Low(msgspec.Struct, frozen=True):
    """What was told of a balance rule and still holds: too few points, too short a runway."""

    below: bool = False
    runway: bool = False


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What the function remembers besides usage: rules by fingerprint, troubles, the last good config.

    `listened_at` is when the topic was last looked at for a confirmed subscription, `listening` whether
    there was one. `welcomed` counts the welcomes: 0, 1 while the first walk goes on, 2 when it is through.
    `unreachable` counts the ticks in a row, up to three, in which Poe could not be reached, `unanswered`
    those in which it did not say what is left. `low` holds the balance rules that are told, by
    fingerprint; `cycles` when points are granted, as last heard and as heard before. `digested_until` is
    the end of the last window that a digest told, or passed over; `corrected` what audits had changed by
    then, in points. `repeats_at` is when the first repetition is due, None where none is. `slack` says
    whether there was a Slack when the secret was last known.
    """

    rules: dict[str, Known] = {}
    episodes: dict[str, Episode] = {}
    config: str | None = None
    listened_at: datetime | None = None
    listening: bool = False
    welcomed: int = 0
    unreachable: int = 0
    unanswered: int = 0
    low: dict[str, Low] = {}
    cycles: tuple[Cycle, ...] = ()
    reckoning: Reckoning | None = None
    digested_until: datetime | None = None
    corrected: int = 0
    repeats_at: datetime | None = None
    slack: bool = False

    @property
    def unexplained(self) -> int:
        """By how many points more the balance fell than the history explains."""
        return self.reckoning.unexplained if self.reckoning else 0

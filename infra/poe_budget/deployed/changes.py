"""What another config would change, as plain values: what `poe-budget diff` shows."""

from enum import StrEnum

import msgspec

from budget_alert.alerts import Kind, Severity


class How(StrEnum):
    """What becomes of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """It is changed, and remembers what was told of it."""
    AFRESH = "afresh"
    """It is changed so that it starts afresh: what it has passed already is said once, as information."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one rule: its kind in the config, its name, and what it means before and after.

    `before` is null for a rule that is added, `after` for one that is removed.
    """

    kind: str
    name: str
    how: How
    before: str | None
    after: str | None


class Rearmed(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that was told in the present window and can be told once more, at `points` now.

    With `forecast` it is one of `forecast_at`.
    """

    budget: str
    threshold: str
    points: int
    forecast: bool


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that the next tick would tell: its kind, its severity, its rule, and its first line."""

    kind: Kind
    severity: Severity
    rule: str
    words: str


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """What `diff --json` prints: what a config would change against the one in force.

    `against` says where the one in force is from; `same` that the parameter holds the very text.
    `setting_before` and `setting` say what holds for all rules. `coming` is what the next tick would tell,
    of what is counted by now, with the new config in force.
    """

    file: str
    against: str
    same: bool
    setting_before: str | None
    setting: str
    changes: tuple[Change, ...]
    rearmed: tuple[Rearmed, ...]
    coming: tuple[Coming, ...]

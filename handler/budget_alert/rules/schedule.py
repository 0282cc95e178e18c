"""When a digest is due, and for which window."""

from datetime import date, datetime, timedelta

from budget_alert.config.periods import Window, midnight
from budget_alert.config.schema import DigestRule
from budget_alert.usage.gaps import overlaps
from budget_alert.usage.state import State


def due(rule: DigestRule | None, told_until: datetime | None, state: State, now: datetime) -> Window | None:
    """Give the window whose digest is to be told now; None where there is none.

    `told_until` is the end of the last window that was told or passed over. A window is told once all in
    it has settled; of several that were missed, only the last.
    """
    if rule is None or told_until is None:
        return None
    window = latest(rule, now)
    settled = state.settled_until is not None and state.settled_until >= window.end
    whole = settled and not overlaps(state.gaps, (before(rule, window).start, window.end))
    return window if whole and window.end > told_until else None


def latest(rule: DigestRule, now: datetime) -> Window:
    """Give the last day or week whose digest was due by now: the one that ended before it."""
    today = now.astimezone(rule.zone).date()
    day = today if _told_at(rule, today) <= now else today - timedelta(days=1)
    if rule.every == "week":
        day -= timedelta(days=(day.weekday() - rule.starts_on) % 7)
    return Window(_days_before(rule, day, _length(rule)), midnight(rule.zone, day))


def before(rule: DigestRule, window: Window) -> Window:
    """Give the day or week before a window."""
    first = window.start.astimezone(rule.zone).date()
    return Window(_days_before(rule, first, _length(rule)), window.start)


def _told_at(rule: DigestRule, day: date) -> datetime:
    return datetime.combine(day, rule.at, rule.zone)


def _length(rule: DigestRule) -> int:
    return 7 if rule.every == "week" else 1


def _days_before(rule: DigestRule, day: date, days: int) -> datetime:
    return midnight(rule.zone, day - timedelta(days=days))

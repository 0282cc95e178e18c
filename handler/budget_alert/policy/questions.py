"""Which windows of which budgets a tick has to judge."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from budget_alert.config.periods import Rolling, Window, rolling_window, windows_between
from budget_alert.config.rules import Budget, Config
from budget_alert.instants import SLOT, slot_end, slot_of
from budget_alert.policy.spending import snoozed
from budget_alert.policy.told import Known


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A budget's windows to judge, oldest first; the last is the present one."""

    budget: Budget
    known: Known
    windows: tuple[Window, ...]

    @property
    def present(self) -> Window:
        """The window that holds now; of a rolling budget the one that ends with the present slot."""
        return self.windows[-1]

    def told_key(self, window: Window) -> str:
        """Name what was told for a window; a rolling budget has one memory for all its windows."""
        rolling = isinstance(self.budget.period, Rolling)
        name = "rolling" if rolling else f"{window.start:%Y-%m-%dT%H:%MZ}"
        return f"told#budget#{self.budget.fingerprint}#{name}"


def questions(
    config: Config, rules: Mapping[str, Known], unjudged_from: datetime | None, now: datetime
) -> list[Question]:
    """Ask for every window that overlaps [unjudged_from, now], the present ones always.

    A rule that is not among `rules` is new. Windows that closed before a rule was known, or before its
    snooze ended, are never told, so they are not asked for.
    """
    since = min(unjudged_from or now, now)
    asked = []
    for budget in config.budgets:
        known = rules.get(budget.fingerprint, Known(now))
        silent_until = max(known.since, min(budget.snoozed_until or known.since, now))
        windows = [window for window in _windows(budget, since, now) if window.end > silent_until]
        asked.append(Question(budget=budget, known=known, windows=tuple(windows)))
    return asked


def speaking(asked: Iterable[Question], now: datetime) -> list[Question]:
    """Keep the questions of budgets that are not snoozed."""
    return [question for question in asked if snoozed(question.budget, now) is None]


def _windows(budget: Budget, since: datetime, now: datetime) -> Iterator[Window]:
    if not isinstance(budget.period, Rolling):
        yield from windows_between(budget.period, budget.zone, since, now)
        return
    # The quarter hour before the first change is where usage is lowest: it may re-arm a threshold.
    end = slot_of(since)
    while end <= slot_end(now):
        yield rolling_window(budget.period, end)
        end += SLOT

"""Which windows of which rules a tick has to judge."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from budget_alert.config.billing import Billing, Cycle
from budget_alert.config.periods import Rolling, Window, rolling_window, windows_between
from budget_alert.config.schema import Budget, Config, SpikeRule
from budget_alert.instants import SLOT, slot_end, slot_of
from budget_alert.rules.notified import Known

HOUR = timedelta(hours=1)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A budget's windows to judge, oldest first; the last is the present one."""

    budget: Budget
    known: Known
    windows: tuple[Window, ...]

    @property
    def present(self) -> Window:
        """The window that holds now; of a rolling budget the one that ends with the present slot."""
        return self.windows[-1]

    @property
    def rolls(self) -> bool:
        """Whether the budget's windows overlap, so that its marks re-arm."""
        return isinstance(self.budget.period, Rolling)

    def told_key(self, window: Window, kind: str = "budget") -> str:
        """Name what was told for a window; a rolling budget has one memory for all its windows."""
        name = "rolling" if self.rolls else f"{window.start:%Y-%m-%dT%H:%MZ}"
        return f"told#{kind}#{self.budget.fingerprint}#{name}"


class SpikeQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A spike rule's windows to judge, oldest first."""

    rule: SpikeRule
    windows: tuple[Window, ...]

    @property
    def told_key(self) -> str:
        """Name what was told of the rule."""
        return f"told#spike#{self.rule.fingerprint}#rolling"


def questions(
    config: Config,
    rules: Mapping[str, Known],
    unevaluated_from: datetime | None,
    now: datetime,
    cycles: Sequence[Cycle] = (),
) -> list[Question]:
    """Ask for every window that overlaps [unjudged_from, now], the present ones always.

    A rule that is not among `rules` is new. Windows that closed before a rule was known, or before its
    snooze ended, are never told, so they are not asked for. `cycles` say when points are granted, the
    newest first; without one, no billing budget is asked for.
    """
    since = min(unevaluated_from or now, now)
    asked = []
    for budget in config.budgets:
        known = rules.get(budget.fingerprint, Known(now))
        silent_until = max(known.since, min(budget.snoozed_until or known.since, now))
        windows = [window for window in _windows(budget, since, now, cycles) if window.end > silent_until]
        if windows:
            asked.append(Question(budget=budget, known=known, windows=tuple(windows)))
    return asked


def spike_questions(
    config: Config, rules: Mapping[str, Known], unevaluated_from: datetime | None, now: datetime
) -> list[SpikeQuestion]:
    """Ask for every window of a spike rule that ends in [unjudged_from, now]; for none where that is None."""
    if unevaluated_from is None:
        return []
    asked = []
    for rule in config.spikes:
        since = rules.get(rule.fingerprint, Known(now)).since
        rolling = Rolling(rule.window // HOUR)
        windows = tuple(window for window in _rolling(rolling, unevaluated_from, now) if window.end > since)
        asked.append(SpikeQuestion(rule=rule, windows=windows))
    return asked


def _windows(budget: Budget, since: datetime, now: datetime, cycles: Sequence[Cycle]) -> Iterable[Window]:
    if isinstance(budget.period, Rolling):
        return _rolling(budget.period, since, now)
    if isinstance(budget.period, Billing):
        return _billed(cycles, since, now) if cycles else ()
    return windows_between(budget.period, budget.zone, since, now)


def _billed(cycles: Sequence[Cycle], since: datetime, now: datetime) -> list[Window]:
    """Give the windows of Poe's grants; what is over keeps the edges that it had before the newest grant.

    A grant that came early, with a larger plan, say, has ended the window that it came in.
    """
    (present,) = cycles[0].windows(now, now)
    known = [window for window in cycles[-1].windows(since, now) if window.start < present.start]
    over = [Window(window.start, min(window.end, present.start)) for window in known]
    return [*(window for window in over if window.end > since), present]


def _rolling(period: Rolling, since: datetime, now: datetime) -> Iterator[Window]:
    # The quarter hour before the first change is where usage is lowest: it may re-arm a threshold.
    end = slot_of(min(since, now))
    while end <= slot_end(now):
        yield rolling_window(period, end)
        end += SLOT

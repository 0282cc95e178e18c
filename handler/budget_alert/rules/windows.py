"""Which windows of which rules a tick has to evaluate, and of which window the digest is due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from budget_alert.config.billing import Billing, Cycle
from budget_alert.config.periods import Rolling, Window, midnight, rolling_window, windows_between
from budget_alert.config.schema import Budget, Config, DigestRule, SpikeRule
from budget_alert.identity import key_of
from budget_alert.instants import DAY, SLOT, slot_end, slot_of
from budget_alert.rules.notified import Known
from budget_alert.usage.missing import overlaps
from budget_alert.usage.state import State

HOUR = timedelta(hours=1)


class BudgetWindows(msgspec.Struct, frozen=True, kw_only=True):
    """A budget's windows to evaluate, oldest first; the last is the present one."""

    budget: Budget
    known: Known
    windows: tuple[Window, ...]

    @property
    def present(self) -> Window:
        """The window that holds now; of a rolling budget the one that ends with the present slot."""
        return self.windows[-1]

    @property
    def rolls(self) -> bool:
        """Whether the windows overlap, so that thresholds re-arm."""
        return isinstance(self.budget.period, Rolling)

    def key(self, window: Window, kind: str = "budget") -> str:
        """Name what was notified for a window; a rolling budget has one record for all its windows."""
        name = "rolling" if self.rolls else f"{window.start:%Y-%m-%dT%H:%MZ}"
        return key_of(f"told#{kind}#{self.budget.fingerprint}#{name}", self.budget.value)

    @property
    def rule(self) -> Budget:
        """The budget."""
        return self.budget

    @property
    def keys(self) -> tuple[str, ...]:
        """What was notified of the budget is under these."""
        return (*dict.fromkeys(map(self.key, self.windows)), self.forecast_key)

    @property
    def present_key(self) -> str:
        """The key of the present window."""
        return self.key(self.present)

    @property
    def forecast_key(self) -> str:
        """The key of what was expected of the present window."""
        return self.key(self.present, "forecast")


class SpikeWindows(msgspec.Struct, frozen=True, kw_only=True):
    """A spike rule's windows to evaluate, oldest first."""

    rule: SpikeRule
    windows: tuple[Window, ...]

    @property
    def key(self) -> str:
        """Name what was notified of the rule."""
        return key_of(f"told#spike#{self.rule.fingerprint}#rolling", self.rule.value)

    @property
    def keys(self) -> tuple[str, ...]:
        """What was notified of the rule is under these."""
        return (self.key,)


def budget_windows(
    config: Config,
    rules: Mapping[str, Known],
    since: datetime | None,
    now: datetime,
    cycles: Sequence[Cycle] = (),
) -> Iterator[BudgetWindows]:
    """Give every window that overlaps [since, now], the present ones always.

    A rule that is not among `rules` is new. Windows that closed before a rule was known are left out.
    `cycles` say when points are granted, the newest first; without one, a billing budget has no windows.
    """
    for budget in config.budgets:
        known = rules.get(budget.fingerprint, Known(now))
        every = _windows(budget, min(since or now, now), now, cycles)
        if windows := tuple(window for window in every if window.end > known.since):
            yield BudgetWindows(budget=budget, known=known, windows=windows)


def spike_windows(
    config: Config, rules: Mapping[str, Known], since: datetime | None, now: datetime
) -> Iterator[SpikeWindows]:
    """Give every window of a spike rule that ends in [since, now]; none where `since` is None."""
    for rule in config.spikes if since else ():
        known_since = rules.get(rule.fingerprint, Known(now)).since
        every = _rolling(Rolling(rule.window // HOUR), since or now, now)
        yield SpikeWindows(rule=rule, windows=tuple(one for one in every if one.end > known_since))


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


def last_day(now: datetime) -> Window:
    """Give the 24 hours up to the end of the present quarter hour."""
    return Window(slot_end(now) - DAY, slot_end(now))


def digest_due(
    rule: DigestRule | None, sent_until: datetime | None, state: State, now: datetime
) -> tuple[Window, Window] | None:
    """Give the window whose digest is to be sent now, and the one before it; None where there is none.

    `sent_until` is the end of the last window that was sent or passed over. A window is sent once all in it
    has settled; of several that were missed, only the last.
    """
    if rule is None or sent_until is None:
        return None
    window = digest_window(rule, now)
    first = window.start.astimezone(rule.zone).date()
    earlier = Window(_days_before(rule, first), window.start)
    settled = state.settled_until is not None and state.settled_until >= window.end
    whole = settled and not overlaps(state.gaps, (earlier.start, window.end))
    return (window, earlier) if whole and window.end > sent_until else None


def digest_window(rule: DigestRule, now: datetime) -> Window:
    """Give the last day or week whose digest was due by now: the one that ended before it."""
    day = now.astimezone(rule.zone).date()
    if datetime.combine(day, rule.at, rule.zone) > now:
        day -= timedelta(days=1)
    if rule.every == "week":
        day -= timedelta(days=(day.weekday() - rule.starts_on) % 7)
    return Window(_days_before(rule, day), midnight(rule.zone, day))


def _days_before(rule: DigestRule, day: date) -> datetime:
    return midnight(rule.zone, day - timedelta(days=7 if rule.every == "week" else 1))

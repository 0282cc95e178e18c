"""Which windows of which rules a tick has to evaluate, and of which window the digest is due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Generic, TypeAlias, TypeVar

import msgspec

from budget_alert.config.billing import Billing, Cycle
from budget_alert.config.periods import Rolling, Window, midnight, rolling_window, windows_between
from budget_alert.config.schema import Budget, DigestRule, SpikeRule
from budget_alert.identity import key_of
from budget_alert.instants import DAY, SLOT, slot_end, slot_of
from budget_alert.rules.notified import Known
from budget_alert.usage.missing import overlaps
from budget_alert.usage.state import State

HOUR = timedelta(hours=1)
Windowed = TypeVar("Windowed", bound=Budget | SpikeRule)
"""A rule that is evaluated over windows."""


class RuleWindows(msgspec.Struct, Generic[Windowed], frozen=True):
    """A rule's windows to evaluate, oldest first; the last is the present one."""

    rule: Windowed
    windows: tuple[Window, ...]

    @property
    def present(self) -> Window:
        """The window that holds now; of a rolling period the one that ends with the present slot."""
        return self.windows[-1]

    @property
    def rolls(self) -> bool:
        """Whether the windows overlap, so that thresholds re-arm."""
        return isinstance(self.rule, SpikeRule) or isinstance(self.rule.period, Rolling)

    @property
    def least(self) -> int:
        """The points from which on a window may be worth an alert."""
        return self.rule.at_least if isinstance(self.rule, SpikeRule) else self.rule.alert_at[0].points

    def key(self, window: Window) -> str:
        """Name what was notified for a window; a rolling period has one record for all its windows."""
        return self._key("spike" if isinstance(self.rule, SpikeRule) else "budget", window)

    @property
    def keys(self) -> tuple[str, ...]:
        """What was notified of the rule is under these."""
        forecast = () if isinstance(self.rule, SpikeRule) else (self.forecast_key,)
        return (*dict.fromkeys(map(self.key, self.windows)), *forecast)

    @property
    def present_key(self) -> str:
        """The key of the present window."""
        return self.key(self.present)

    @property
    def forecast_key(self) -> str:
        """The key of what was expected of the present window."""
        return self._key("forecast", self.present)

    def _key(self, kind: str, window: Window) -> str:
        name = "rolling" if self.rolls else f"{window.start:%Y-%m-%dT%H:%MZ}"
        return key_of(f"told#{kind}#{self.rule.fingerprint}#{name}", self.rule.value)


BudgetWindows: TypeAlias = RuleWindows[Budget]
SpikeWindows: TypeAlias = RuleWindows[SpikeRule]


def windows_of(
    rules: Iterable[Windowed],
    known: Mapping[str, Known],
    since: datetime,
    now: datetime,
    cycles: Sequence[Cycle] = (),
) -> Iterator[RuleWindows[Windowed]]:
    """Give every window of rules that overlaps [since, now], and of a rolling period that ends in it.

    A rule that is not among those `known` is new. Windows that closed before a rule was known are left out.
    `cycles` say when points are granted, the newest first; without one, a billing budget has no windows.
    """
    for rule in rules:
        known_since = known.get(rule.fingerprint, Known(now)).since
        every = _windows(rule, min(since, now), now, cycles)
        if windows := tuple(window for window in every if window.end > known_since):
            yield RuleWindows(rule, windows)


def _windows(
    rule: Budget | SpikeRule, since: datetime, now: datetime, cycles: Sequence[Cycle]
) -> Iterable[Window]:
    if isinstance(rule, SpikeRule):
        return _rolling(Rolling(rule.window // HOUR), since, now)
    if isinstance(rule.period, Rolling):
        return _rolling(rule.period, since, now)
    if isinstance(rule.period, Billing):
        return _billed(cycles, since, now) if cycles else ()
    return windows_between(rule.period, rule.zone, since, now)


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
    end = slot_of(since)
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

"""All that an evaluation goes by: the rules' windows first, then what was read for them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import attrgetter

import msgspec

from budget_alert.alerts import ChannelTest, Snoozed
from budget_alert.config.billing import Cycle, heard
from budget_alert.config.periods import Window, midnights
from budget_alert.config.schema import AnyRule, Budget, Config, Filter, QueryRule, SpikeRule
from budget_alert.config.spelling import fits
from budget_alert.identity import BETWEEN, key_of
from budget_alert.instants import DAY, EPOCH, day_of, slot_end, slot_of
from budget_alert.outlook.past import PAST_DAYS, Past, past_of
from budget_alert.rules.notified import WELCOMED, Known, Memory, Notified
from budget_alert.rules.reconciliation import Reconciliation, noted
from budget_alert.rules.windows import (
    HOUR,
    BudgetWindows,
    SpikeWindows,
    digest_due,
    last_day,
    windows_of,
)
from budget_alert.snoozes import NO_SNOOZES, Snooze, Snoozes, called
from budget_alert.usage.combined import MOST_NAMED
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.missing import Holes, Why
from budget_alert.usage.slots import RecordedUsage, Slots, Span
from budget_alert.usage.state import FRESH, RETENTION, State
from budget_alert.usage.totals import Dimensions, Totals

AHEAD = DAY
"""Poe's clock may run ahead of ours by so much."""
DAYS_SHOWN = 14
NOTHING_READ = RecordedUsage({}, {})


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What a tick evaluates, and by what.

    `since` is the oldest instant that was not evaluated yet, or when a rest or a snooze has ended, or now
    where one has begun; None on a quiet tick. `snoozes` are those of the account and of the config.
    `balance` is what Poe says is left, None where it was not asked or did not say; `cycles` when points are
    granted, as last heard and before. `digest` is the window whose digest is due, with the one before it.

    Of what was read, `usage` has the sums of `spans`, `costly` the quarter hours of `costly_span`, in which a
    costly query may not be notified yet, and `notified` what was sent. Of that, `taken_over`
    is what another account had sent, which reported for all up to now. `unreadable` counts the rows that the
    tick had to leave out.

    `test` asks for an alert of that severity that tries the channels; `hushed` for no welcome but one that
    says that a threshold is passed. `digests_elsewhere` says that another account sends the digest.
    """

    config: Config
    now: datetime
    state: State
    memory: Memory
    snoozes: Snoozes = NO_SNOOZES
    balance: PoeBalance | None = None
    cycles: tuple[Cycle, ...] = ()
    since: datetime | None = None
    budgets: tuple[BudgetWindows, ...] = ()
    spikes: tuple[SpikeWindows, ...] = ()
    digest: tuple[Window, Window] | None = None
    usage: RecordedUsage = NOTHING_READ
    costly: Slots = {}
    notified: Mapping[str, Notified] = {}
    taken_over: Mapping[str, Notified] = {}
    unreadable: int = 0
    test: ChannelTest | None = None
    hushed: bool = False
    digests_elsewhere: bool = False

    @property
    def windowed(self) -> tuple[BudgetWindows | SpikeWindows, ...]:
        """The windows of all rules that have some."""
        return (*self.budgets, *self.spikes)

    @property
    def past_days(self) -> Span | None:
        """The whole days of the past to read, today included; None where nothing asks for them."""
        if self.since is None and self.digest is None:
            return None
        return day_of(self.now) - PAST_DAYS * DAY, day_of(self.now) + DAY

    @property
    def costly_span(self) -> Span | None:
        """The quarter hours to read for queries that cost too much; None where nothing asks for them."""
        if self.state.unevaluated_from is None or not self.config.queries:
            return None
        known = min(self.known(rule).since for rule in self.config.queries)
        return slot_of(max(self.state.unevaluated_from, known)), slot_end(self.now + AHEAD)

    def spans(self) -> Iterator[Span]:
        """Give every span of usage that has to be summed."""
        windows = [window for each in self.windowed for window in each.windows]
        windows += [*(self.digest or ()), *([last_day(self.now)] if self.balance else [])]
        yield from ((window.start, window.end) for window in windows)
        for each in self.budgets:
            if changed := self.changed_in(each):
                yield each.present.start, changed
        if self._noted and self.balance:
            yield from self._noted.due(self.now)

    def known(self, rule: Budget | SpikeRule | QueryRule) -> Known:
        """Tell since when a rule is known: from now on where it is new."""
        return self.memory.rules.get(rule.fingerprint, Known(self.now))

    def changed_in(self, each: BudgetWindows) -> datetime | None:
        """Give the quarter hour of the first change in a budget's present window, where it is forecast."""
        if self.since is None or not each.rule.forecast_at:
            return None
        start = slot_of(self.since)
        return start if each.present.start < start < self.now else None

    @property
    def is_balance_new(self) -> bool:
        """Whether the balance is another than was evaluated before; while nothing is spent, runways grow."""
        return self._noted != self.memory.reconciliation or self.cycles != self.memory.cycles

    @property
    def _noted(self) -> Reconciliation | None:
        known = self.memory.reconciliation
        return noted(known, self.balance, self.now) if self.balance else known

    @property
    def reconciliation(self) -> Reconciliation | None:
        """The balance against the history, this tick included; None where Poe never said what is left."""
        known = self._noted
        spans = known.due(self.now) if known and self.balance else ()
        if known is None or not spans:
            return known
        if not all(self.whole(Window(*span)) for span in spans):
            return msgspec.structs.replace(known, unexplained=0)
        return known.compared(self.usage, self.now)

    def snooze(self, rule: AnyRule, end: datetime | None = None) -> Snooze | None:
        """Give what holds a rule back now, or did at the end of a window."""
        return self.snoozes.of(_key(rule), self.now, end)

    def silent(self) -> dict[str, Snooze]:
        """Give the snoozes in force of the config's rules, by what messages call those."""
        names = [rule.name for _, rule in self.config.rules]
        parts = [one.rule for one in self.snoozes.each if one.rule.partition(BETWEEN)[0] in names]
        found = ((key, self.snoozes.of(key, self.now)) for key in (*names, *parts))
        return {called(key): one for key, one in found if one and one.rule == key}

    def over(self, rule: AnyRule) -> Snooze | None:
        """Give a rule's snooze that has ended, by itself, since the last evaluation."""
        ended = self.snoozes.ended(_key(rule), self.now)
        if ended is None or self.snooze(rule):
            return None
        known = self.memory.snoozed.get(ended.rule)
        return ended if known is None or known.start <= ended.start else None

    def outlasts(self, rule: AnyRule, sent_at: datetime | None) -> bool:
        """Tell whether a rule's snooze is over, and what still holds was sent before that."""
        over = self.over(rule)
        # The config's own, which begins with time, repeats nothing.
        return over is not None and over.start > EPOCH and sent_at is not None and sent_at < over.until

    def snoozed(self, rule: AnyRule, end: datetime | None = None) -> Snoozed | None:
        """Give, for an alert of a rule, the snooze that it breaks through, or that has just ended."""
        found = self.snooze(rule, end) or self.over(rule)
        return Snoozed(found.until, found.by) if found else None

    def usage_of(self, rule: Budget | SpikeRule) -> RecordedUsage:
        """Give what a rule counts of the usage."""
        key = rule.name, rule.value
        if key not in self._usages:
            everything = rule.filter == Filter()
            whole = {key: self.usage if everything else self.usage.only(matcher(rule.filter))}
            self._usages.update(self._parts(rule) if rule.value else whole)
        return self._usages[key]

    def spent_by_each(self, rule: Budget | SpikeRule, start: datetime, end: datetime) -> dict[str, int]:
        """Give what each key or bot that a rule stands for spent in a span, the most first."""
        usage = self.usage_of(msgspec.structs.replace(rule, value=""))
        return usage.spent_by(str(rule.each), start, end)

    def _parts(self, rule: Budget | SpikeRule) -> dict[tuple[str, str], RecordedUsage]:
        """Part what a rule counts by the values that it is evaluated for, in one go."""
        whole = self.usage_of(msgspec.structs.replace(rule, value=""))
        rules = (each.rule for each in self.windowed)
        values = {one.value for one in rules if one.name == rule.name and one.value}
        parts = whole.parted(attrgetter(str(rule.each)), values)
        return {(rule.name, value): usage for value, usage in parts.items()}

    @cached_property
    def _usages(self) -> dict[tuple[str, str], RecordedUsage]:
        return {}

    def points(self, rule: Budget | SpikeRule, window: Window) -> int:
        """Sum what a rule counts in a window."""
        return self.usage_of(rule).points(window.start, window.end)

    @property
    def up_to_date(self) -> bool:
        """Whether everything was read just now: no forecast goes by an older sum."""
        return self.state.completed_at is not None and self.now - self.state.completed_at <= FRESH

    def whole(self, window: Window) -> bool:
        """Tell whether no usage of a window is missing."""
        return not self.missing(window)

    def missing(self, window: Window) -> Holes:
        """Tell why the sum of a window may be more than is counted; empty where it is whole."""
        return self.state.missing((window.start, window.end), self.now)

    def is_read(self, window: Window) -> bool:
        """Tell whether no part of a window is still to be read.

        What will never be counted is no reason to wait: a rule that waited for it would be silent for ever.
        """
        return not self.state.unread((window.start, window.end), self.now)

    def is_all_clear(self, window: Window, accounts: tuple[str, ...] = ()) -> bool:
        """Tell whether the sum of a window, if it is low, shows that usage has fallen.

        It does not where something is still to be read, or where an account is missing that is counted:
        one that fits `accounts`, or any. Where many are missing, not all of them are named.
        """
        if self.state.whole_until is None or self.state.whole_until < window.end:
            return False
        missing = self.missing(window)
        away = {one.account for one in missing if one.why is Why.ACCOUNT}
        unknown = len(away) >= MOST_NAMED or any(one.why is Why.UNREAD for one in missing)
        lacking = away | self.usage.absent(window.end)
        return not unknown and not any(not accounts or fits(accounts, one) for one in lacking)

    def daily(self, usage: RecordedUsage) -> tuple[int, ...]:
        """Give the points of each of the zone's last days, oldest first, today last; none where not read."""
        if self.past_days is None:
            return ()
        return tuple(usage.by_days(midnights(self.config.zone, self.now, DAYS_SHOWN)))

    def days_before(self, instant: datetime, usage: RecordedUsage) -> list[Totals]:
        """Give the zone's last whole days that ended by an instant, as far as known and not planned."""
        days = pairwise(midnights(self.config.zone, instant, DAYS_SHOWN + 1)[:-1])
        planned = self.snoozes.planned(self.now)
        return [
            usage.near(start, end)
            for start, end in days
            if start >= self.past_from and not any(first < end and start < last for first, last in planned)
        ]

    def past_of(self, rule: Budget | SpikeRule) -> Past | None:
        """Give the past of what a rule counts, by quarter hours; None where it was not read.

        Of a budget it is by the hour, for there may be a hundred keys with pasts of their own, and begins
        where no gap is left: what is unread would seem idle.
        """
        if self.past_days is None:
            return None
        is_budget = isinstance(rule, Budget)
        key = is_budget, rule.filter, rule.each, rule.value
        if key not in self._pasts:
            known_from = max([self.past_from, *(gap.end for gap in self.state.gaps if is_budget)])
            planned = self.snoozes.planned(self.now)
            past = past_of(self.usage_of(rule).days, known_from, self.now, planned)
            self._pasts[key] = past.hourly if past and is_budget else past
        return self._pasts[key]

    @cached_property
    def _pasts(self) -> dict[tuple[object, ...], Past | None]:
        return {}

    @property
    def past_from(self) -> datetime:
        """The instant from which on a time without usage was idle, and not unknown."""
        lost = (hole.end for hole in self.state.holes if hole.why is Why.LOST)
        return max([self.state.known_from, day_of(self.now) - PAST_DAYS * DAY, *lost])


def evaluation_of(  # noqa: PLR0913, PLR0917 - all that an evaluation goes by
    config: Config,
    memory: Memory,
    state: State,
    now: datetime,
    balance: PoeBalance | None = None,
    snoozes: Snoozes = NO_SNOOZES,
) -> Evaluation:
    """Tell what a tick has to evaluate; nothing is read for it yet. `snoozes` are those of the account."""
    named = balance.cycle if balance else None
    cycles = heard(memory.cycles, named, now) if named else memory.cycles
    # What a rest held back may still hold at its end.
    rested = memory.rests_until if memory.rests_until and memory.rests_until <= now else None
    snoozes = with_configs(snoozes, config)
    instants = (state.unevaluated_from, rested, _woken(snoozes.last(now), memory.snoozed, now))
    since = min((at for at in instants if at), default=None)
    return Evaluation(
        config=config,
        now=now,
        state=state,
        memory=memory,
        snoozes=snoozes,
        balance=balance,
        cycles=cycles,
        since=since,
        budgets=tuple(windows_of(config.budgets, memory.rules, since or now, now, cycles)),
        spikes=tuple(windows_of(config.spikes, memory.rules, since, now)) if since else (),
        digest=digest_due(config.digest, memory.digested_until, state, now),
    )


def _key(rule: AnyRule) -> str:
    return key_of(rule.name, rule.value) if isinstance(rule, Budget | SpikeRule) else rule.name


def _woken(last: Mapping[str, Window], known: Mapping[str, Window], now: datetime) -> datetime | None:
    """Give the first end of a snooze since the last evaluation, or now where one has only begun."""
    if last == known:
        return None
    ends = (window.end for rule, window in last.items() if window != known.get(rule))
    return max(min([now, *ends]), now - RETENTION)


def with_configs(snoozes: Snoozes, config: Config) -> Snoozes:
    """Add to an account's snoozes those of the config."""
    ends = {budget.name: budget.snoozed_until for budget in config.budgets if budget.snoozed_until}
    return Snoozes(
        snoozes.each, {rule: Snooze(rule=rule, start=EPOCH, until=until) for rule, until in ends.items()}
    )


def is_quiet(evaluation: Evaluation, before: State) -> bool:
    """Tell that all was evaluated before and nothing has happened since, so that usage need not be read.

    `before` is the state as the tick found it. The first tick of each hour is never quiet, so that the log
    says where budgets stand, and what only time brings about waits no longer.
    """
    config, memory, now = evaluation.config, evaluation.memory, evaluation.now
    return (
        evaluation.since is None
        and evaluation.digest is None
        and not evaluation.is_balance_new
        and memory.welcomed == WELCOMED
        and set(memory.rules) == set(config.fingerprints)
        and not any(memory.rules[budget.fingerprint].fresh for budget in config.budgets)
        and (memory.repeats_at is None or now < memory.repeats_at)
        and before.completed_at is not None
        and _hour(before.completed_at) == _hour(now)
    )


def _hour(instant: datetime) -> int:
    return (instant - EPOCH) // HOUR


@lru_cache(maxsize=512)
def matcher(kept: Filter) -> Callable[[Dimensions], bool]:
    """Give what tells whether a filter counts usage; equal filters get the same function."""
    return lambda part: kept.matches(part.bot, part.usage_type, part.api_key)

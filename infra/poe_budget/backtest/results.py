"""What a replay has shown: how early each alert came, and what became of each rule."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from budget_alert.alerts import Alert, ForecastAlert, Kind, OfBudget, is_repeated
from budget_alert.config.periods import Day, Rolling, Window, windows_between
from budget_alert.config.schema import (
    AnyRule,
    BalanceRule,
    Budget,
    Config,
    DigestRule,
    Filter,
    QueryRule,
    SpikeRule,
)
from budget_alert.instants import DAY, slot_of, to_micros
from budget_alert.messages.wording import number, points
from budget_alert.rules.evaluation import matcher
from budget_alert.rules.scope import Scope
from budget_alert.rules.windows import HOUR
from budget_alert.usage.totals import OTHER_BOTS, Totals, dimensions_of
from poe_budget.backtest.counted import ReplayLedger, counts, picks
from poe_budget.backtest.curves import Curve, curves, of_window, reached, rolling_curve
from poe_budget.past.history import History

WEEK = timedelta(days=7)
Measured: TypeAlias = Budget | SpikeRule | QueryRule
Spent = tuple[Window, Totals]
"""A day of the config's zone, and what was spent on it from the first tick on."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that the tick at an instant would have sent.

    `reached_at` is when what it warns of came about: of a budget that its limit was reached, of a forecast
    that the expected threshold was; None where that did not happen, and for other kinds. Where it may
    still, for the window had not ended when the history did, `so_far` is how full that was by then, in
    percent of the limit, rounded down.
    """

    at: datetime
    alert: Alert
    reached_at: datetime | None = None
    so_far: int | None = None

    @property
    def lead(self) -> timedelta | None:
        """How long before that it was sent; negative where it was sent after."""
        return None if self.reached_at is None else self.reached_at - self.at


class Verdict(StrEnum):
    """What became of a rule; the values are those that `--json` prints."""

    FIRED = "fired"
    NOTHING_MATCHED = "nothing matched"
    """No usage passed its filter."""
    NEVER_REACHED = "never reached"
    """What it counts stayed below what it asks for."""
    NOT_SENT = "not sent"
    """It was reached, yet snoozed, or passed before the first tick; or, a spike, it was not unusual."""
    NOT_REPLAYED = "not replayed"
    """The history does not hold what it goes by."""
    NOT_ABOUT_IT = "not about it"
    """It is about other accounts than the one replayed."""


class FiredRule(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule: how many alerts, how far it got at most, and, where it never fired, why."""

    kind: Kind
    name: str
    alerts: int
    verdict: Verdict
    most: int | None
    percent: float | None
    fires_at: int | None = msgspec.field(name="speaks_at")
    limit: int | None
    silent_because: str | None


class Replay(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A config over a history, from the first tick (at `start`) to the last (at `end`).

    `ledger` holds what was counted by then, `made` every alert, with the instant of its tick. `balanced` says
    that the balance was known, `left_out` are rules of the config that are not about the account.
    """

    config: Config
    history: History
    ledger: ReplayLedger
    start: datetime
    end: datetime
    interval: timedelta
    made: Sequence[tuple[datetime, Alert]]
    balanced: bool
    left_out: tuple[FiredRule, ...] = ()

    @property
    def known_from(self) -> datetime:
        """Where the past begins that the first tick finds."""
        return self.ledger.state.known_from

    @property
    def ticks(self) -> int:
        """How many there were."""
        return (self.end - self.start) // self.interval + 1

    @cached_property
    def sent(self) -> tuple[Sent, ...]:
        """All that was sent, and when what it warned of came about."""
        return tuple(self._with_lead(*each) for each in self.made)

    @property
    def alerts(self) -> tuple[Sent, ...]:
        """What was sent but for the welcome, with which every monitor begins."""
        return tuple(sent for sent in self.sent if sent.alert.kind is not Kind.WELCOME)

    @property
    def messages(self) -> int:
        """How many messages a channel would have got without the welcome: all alerts of a tick are one."""
        return len({at for at, alert in self.made if alert.kind is not Kind.WELCOME})

    @property
    def messages_a_week(self) -> float | None:
        """How many of them came in a week on average; None for less than a day."""
        length = self.end - self.start
        return self.messages / (length / WEEK) if length >= DAY else None

    @cached_property
    def days(self) -> tuple[Spent, ...]:
        """The days of the zone on which something was counted, oldest first."""
        every = windows_between(Day(), self.config.zone, self.start, self.end)
        spans = ((day, (max(day.start, slot_of(self.start)), day.end)) for day in every)
        spent = ((day, self.ledger.usage([span]).between(*span)) for day, span in spans)
        return tuple((day, totals) for day, totals in spent if totals.queries)

    @cached_property
    def values(self) -> dict[str, str]:
        """The key or bot that came highest, by the name of the rule; "" of one that is not for each."""
        rules: tuple[Budget | SpikeRule, ...] = (*self.config.budgets, *self.config.spikes)
        return {rule.name: self._highest(rule) for rule in rules}

    @cached_property
    def curves(self) -> dict[str, tuple[Curve, ...]]:
        """The windows of every budget, by its name; of one for each key or bot those that came highest.

        The windows of each key or bot that something was sent of are there too, by what people call it.
        """
        budgets, values = self.config.budgets, self.values
        drawn = {one.name: self.drawn(replace(one, value=values[one.name])) for one in budgets}
        for _, alert in self.made:
            if isinstance(alert, OfBudget) and alert.about not in drawn:
                drawn[alert.about] = self.drawn(self._rule_of(alert))
        return drawn

    @cached_property
    def rules(self) -> tuple[FiredRule, ...]:
        """What became of each rule, budgets first, each kind in the config's order."""
        kinds = {Kind.FORECAST: Kind.BUDGET}
        alerts = Counter((kinds.get(alert.kind, alert.kind), alert.rule) for _, alert in self.made)
        every = (_outcome(self, kind, rule, alerts[kind, rule.name]) for kind, rule in _rules(self.config))
        return (*every, *self.left_out)

    def drawn(self, rule: Budget | SpikeRule) -> tuple[Curve, ...]:
        """Draw a rule's windows."""
        between, span = self.ledger.all_that(counts(rule)).points, (self.start, self.end)
        if isinstance(rule, SpikeRule):
            return (rolling_curve(Rolling(rule.window // HOUR), between, span),)
        return curves(rule, between, span, self.ledger.memory.cycles)

    def _highest(self, rule: Budget | SpikeRule) -> str:
        highest, most = "", 0
        for value, spent in self._spent(rule) if rule.each else ():
            if spent <= most:
                # No window holds more than all that was ever spent.
                break
            height = max((curve.most for curve in self.drawn(replace(rule, value=value))), default=0)
            highest, most = (value, height) if height > most else (highest, most)
        return highest

    def _spent(self, rule: Budget | SpikeRule) -> list[tuple[str, int]]:
        """Give what each key or bot spent, without refunds, most first."""
        spent, value_of, matches = Counter[str](), attrgetter(str(rule.each)), matcher(rule.filter)
        for totals in self.ledger.counted.values():
            for part, amount in totals.items():
                if value_of(part) not in {"", OTHER_BOTS} and matches(part):
                    spent[value_of(part)] += max(amount.points, 0)
        return spent.most_common()

    def _rule_of(self, alert: OfBudget) -> Budget:
        budget = next(one for one in self.config.budgets if one.name == alert.rule)
        return replace(budget, value=alert.value)

    def _with_lead(self, at: datetime, alert: Alert) -> Sent:
        """Tell when what an alert warned of came about: a budget's limit, a forecast's threshold."""
        if not isinstance(alert, OfBudget) or is_repeated(alert):
            return Sent(at=at, alert=alert)
        standing, threshold, budget = alert.standing, alert.threshold_points, self._rule_of(alert)
        level = threshold if isinstance(alert, ForecastAlert) else standing.limit
        filling = of_window(budget, self.curves[alert.about], standing.window, threshold)
        reached_at = reached(filling, level, self.history.entries, counts(budget))
        goes_on = bool(filling) and self.end <= filling[-1][0] != standing.window.end
        so_far = filling[-1][1] * 100 // standing.limit if goes_on and reached_at is None else None
        return Sent(at=at, alert=alert, reached_at=reached_at, so_far=so_far)


def _outcome(replay: Replay, kind: Kind, rule: AnyRule, alerts: int) -> FiredRule:
    most, fires_at = _reach(replay, rule) if isinstance(rule, Measured) else (None, None)
    limit = rule.points if isinstance(rule, Budget) else None
    verdict, why = (Verdict.FIRED, None) if alerts else _silence(replay, rule, most, fires_at)
    return FiredRule(
        kind=kind,
        name=rule.name,
        alerts=alerts,
        verdict=verdict,
        most=most,
        percent=None if limit is None or most is None else most * 1000 // limit / 10,
        fires_at=fires_at,
        limit=limit,
        silent_because=why,
    )


def _reach(replay: Replay, rule: Measured) -> tuple[int | None, int]:
    """Give the points that a rule came to at most, of a window or a query, and what it takes at least."""
    if isinstance(rule, Budget):
        most = max((curve.most for curve in replay.curves[rule.name]), default=None)
        return most, min(level.points for level in (*rule.alert_at, *rule.forecast_at))
    if isinstance(rule, SpikeRule):
        (curve,) = replay.drawn(replace(rule, value=replay.values[rule.name]))
        return curve.most, rule.at_least
    return _dearest(replay, rule.filter), rule.points


def _dearest(replay: Replay, kept: Filter) -> int | None:
    """Give the points of the dearest query that the history has, or that its sums name."""
    named = (query for totals in replay.ledger.counted.values() for query in totals.largest)
    start, end = to_micros(replay.start), to_micros(replay.end)
    matches = matcher(kept)
    counted = (query for query in replay.history.entries or named if start <= query.created <= end)
    return max((query.points for query in counted if matches(dimensions_of(query))), default=None)


def _silence(replay: Replay, rule: AnyRule, most: int | None, fires_at: int | None) -> tuple[Verdict, str]:
    """Give the verdict on a rule that never fired, and why it did not."""
    if isinstance(rule, BalanceRule) and not replay.balanced:
        return Verdict.NOT_REPLAYED, "cannot be replayed: Poe says only what is left now, not what was"
    if not isinstance(rule, Measured) or fires_at is None:
        return Verdict.NEVER_REACHED, "never reached"
    if isinstance(rule, Budget) and most is None:
        why = "cannot be replayed without knowing when Poe grants points: say it with --granted"
        return Verdict.NOT_REPLAYED, why
    if not any(day.total.queries for day in replay.ledger.all_that(picks(rule.filter)).days.values()):
        return Verdict.NOTHING_MATCHED, "nothing that it counts was used"
    if (most or 0) < fires_at:
        where = {SpikeRule: " within its window", QueryRule: " for a query"}.get(type(rule), "")
        highest = "" if most is None else f"at most {points(most)}{where}, and "
        return Verdict.NEVER_REACHED, f"never reached: {highest}it fires from {number(fires_at)} on"
    return Verdict.NOT_SENT, _unsent(replay, rule, most or 0)


def _unsent(replay: Replay, rule: Measured, most: int) -> str:
    """Say why nothing was sent of a rule that was reached."""
    ends = [one.until for one in replay.history.snoozes.history() if one.rule == rule.name]
    ends += [rule.snoozed_until] if isinstance(rule, Budget) and rule.snoozed_until else []
    if any(end > replay.start for end in ends):
        return "reached, but snoozed"
    if isinstance(rule, SpikeRule):
        return "large enough, but never so much more than usual (which takes three days of history to know)"
    if isinstance(rule, Budget) and most < min(level.points for level in rule.alert_at):
        return "reached, but no forecast expected it, and no threshold of alert_at was reached"
    return "reached, but passed already at the first tick"


def left_out(config: Config, scope: Scope) -> Iterator[FiredRule]:
    """Say of each rule of a config that `scope` leaves out why it does."""
    about = {rule.name for _, rule in _rules(scope.rules(config))}
    for kind, rule in _rules(config):
        if rule.name not in about:
            why = "it is about accounts of other names: say whose history this is with --account"
            if scope.together:
                why = "it goes by each account, and not by their sum"
            elif scope.several and rule.together:
                why = "it goes by the sum of all accounts: --account all"
            yield FiredRule(
                kind=kind,
                name=rule.name,
                alerts=0,
                verdict=Verdict.NOT_ABOUT_IT,
                most=None,
                percent=None,
                fires_at=None,
                limit=None,
                silent_because=why,
            )


def _rules(config: Config) -> Iterator[tuple[Kind, AnyRule]]:
    """Give every rule that can be silent, which a digest cannot, after the kind of its alerts."""
    return ((Kind(name), rule) for name, rule in config.rules if not isinstance(rule, DigestRule))

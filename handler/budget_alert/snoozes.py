"""Which rules stay silent for a while, since when and until when, and what breaks through."""

from datetime import datetime
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from budget_alert.alerts import (
    Alert,
    ForecastAlert,
    OfBudget,
    OfNoRule,
    SpikeAlert,
    Standing,
    named,
)
from budget_alert.config.periods import Rolling, Window, midnight
from budget_alert.identity import BETWEEN, key_of
from budget_alert.instants import DAY, MICROSECOND
from budget_alert.outlook.foreseen import LIKELY

MOST = 100
"""So many of an account are kept; what began first goes first."""
LONGEST_NAME, LONGEST_RULE = 80, 250
LONGEST = 400 * DAY
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
Rule = Annotated[str, msgspec.Meta(max_length=LONGEST_RULE)]
Points = Annotated[int, msgspec.Meta(ge=0)]


class Snooze(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule, by its name, that `by` made silent from `start` until `until`, whatever its windows.

    For one of its API keys or bots, the name is that of `key_of`.

    Of a budget, `points` of `limit` were used then, and a forecast saw `foreseen` points, or 0: what lies
    higher breaks through. Without them nothing does. `planned_from` is there where what happens until the end
    was planned: it begins there, and is left out of what is usual and of forecasts for good.
    """

    # What is as here is not stored, so none of these may ever become another one.
    rule: Rule
    start: Instant
    until: Instant
    by: Name = ""
    points: Points | None = None
    limit: Points | None = None
    foreseen: Points = 0
    planned_from: Instant | None = None

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether it is in force at an instant."""
        return self.start <= instant < self.until

    def holds(self, points: int, share: Fraction) -> bool:
        """Tell whether it holds back a threshold: what was passed already, by points and by share."""
        if self.points is None or self.limit is None:
            return True
        return points <= self.points and share * self.limit <= self.points

    def holds_forecast(self, points: int, limit: int) -> bool:
        """Tell whether it holds back the forecast of so many points: below the limit, or foreseen already."""
        return self.points is None or points < limit or points <= self.foreseen


class Snoozes(msgspec.Struct, frozen=True, omit_defaults=True):
    """The snoozes of an account, present and past, by their begin: of a rule's, the newest alone counts.

    `days` are those of the config, by their rules; they hold besides.
    """

    each: Annotated[tuple[Snooze, ...], msgspec.Meta(max_length=MOST)] = ()
    days: dict[str, Snooze] = {}

    def of(self, rule: str, now: datetime, end: datetime | None = None) -> Snooze | None:
        """Give what holds a rule back now, or did at the end of a window; the config's first."""
        instants = (now, min(now, end - MICROSECOND) if end else now)
        found = ((one, at) for at in instants for one in self._begun(rule, at))
        return next((one for one, at in found if one.holds_at(at)), None)

    def ended(self, rule: str, now: datetime) -> Snooze | None:
        """Give a rule's snooze that has ended, by itself; of two the one that did last."""
        over = (one for one in self._begun(rule, now) if one.start < one.until <= now)
        return max(over, key=lambda one: one.until, default=None)

    def _begun(self, rule: str, at: datetime) -> list[Snooze]:
        """Give what has begun of a rule: for one key or bot its own, and what holds for all of them."""
        whole = rule.partition(BETWEEN)[0]
        newest = (
            next((one for one in reversed(self.each) if one.rule == name and one.start <= at), None)
            for name in dict.fromkeys((rule, whole))
        )
        return [one for one in (self.days.get(whole), *newest) if one]

    def last(self, now: datetime) -> dict[str, Window]:
        """Give from when until when each rule is silent; of one that was so, when that ended, twice."""
        found: dict[str, Window] = {}
        for rule in dict.fromkeys([*self.days, *(one.rule for one in self.each)]):
            begun = [one for one in self._begun(rule, now) if one.rule == rule]
            if one := next((one for one in begun if one.holds_at(now)), None):
                found[rule] = Window(one.start, one.until)
            elif begun:
                end = max(one.until for one in begun)
                found[rule] = Window(end, end)
        return found

    def planned(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """Give the spans, half-open, of what was planned by an instant."""
        begun = (one for one in self.each if one.start <= now)
        return [(one.planned_from, one.until) for one in begun if one.planned_from]

    def history(self) -> list[Snooze]:
        """Give the snoozes as they were, each until the next one of its rule has begun."""
        cut: list[Snooze] = []
        nexts: dict[str, datetime] = {}
        for one in reversed(self.each):
            cut.append(replace(one, until=min(one.until, nexts.get(one.rule, one.until))))
            nexts[one.rule] = one.start
        return [one for one in reversed(cut) if one.start < one.until]

    def adding(self, new: Snooze) -> "Snoozes":
        """Add a snooze, in the place of what its rule has."""
        older = (one for one in self.each if one.rule != new.rule or one.start < new.start)
        return Snoozes(tuple(sorted((*older, new), key=lambda one: one.start)[-MOST:]))

    def withdrawing(self, rule: str, start: datetime) -> "Snoozes":
        """Take one away, by its rule and its begin, as if it had never been: what was before counts again."""
        return Snoozes(tuple(one for one in self.each if (one.rule, one.start) != (rule, start)))

    def without(self, rule: str, now: datetime, *, planned: bool = False) -> "Snoozes":
        """Silence a rule no more, and forget that it is planned; with `planned` also what was so before."""
        others = (
            replace(one, planned_from=None) if one.rule == rule and (planned or now < one.until) else one
            for one in self.each
        )
        kept = Snoozes(tuple(others))
        return kept.adding(Snooze(rule=rule, start=now, until=now)) if kept.of(rule, now) else kept


NO_SNOOZES = Snoozes()


class Snoozable(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert, or a budget as it stands, says for a snooze of it.

    `began_at` is when what happens began, had it been planned; `ends_at` when the window ends, None where it
    has no end of its own.
    """

    rule: str
    began_at: datetime
    ends_at: datetime | None = None
    points: int | None = None
    limit: int | None = None
    foreseen: int = 0

    def snoozed(self, start: datetime, until: datetime, by: str, *, planned: bool = False) -> Snooze:
        """Make the snooze that somebody asks for."""
        return Snooze(
            rule=self.rule,
            start=start,
            until=until,
            by=by[:LONGEST_NAME],
            points=self.points,
            limit=self.limit,
            foreseen=self.foreseen,
            planned_from=min(self.began_at, start) if planned else None,
        )


def snoozable(alert: Alert) -> Snoozable | None:
    """Give what an alert says for a snooze; None for one that nobody can snooze."""
    if isinstance(alert, OfNoRule):
        return None
    if isinstance(alert, OfBudget):
        level = alert.threshold_points if isinstance(alert, ForecastAlert) else 0
        return of_budget(alert.standing, alert.counted_at, ZoneInfo(alert.zone), level)
    if isinstance(alert, SpikeAlert):
        return Snoozable(rule=key_of(alert.rule, alert.value), began_at=alert.spike.window.start)
    return Snoozable(rule=alert.rule, began_at=_day_of(alert.counted_at, ZoneInfo(alert.zone)))


def of_budget(standing: Standing, now: datetime, zone: ZoneInfo, foreseen: int = 0) -> Snoozable:
    """Give what a budget, as it stands, says for a snooze; `foreseen` is what was forecast besides, or 0."""
    window, forecast = standing.window, standing.forecast
    likely = forecast.level if forecast and forecast.chance >= LIKELY else 0
    began_at = max(window.start, _day_of(min(now, window.end - MICROSECOND), zone))
    return Snoozable(
        rule=key_of(standing.rule, standing.value),
        began_at=began_at,
        ends_at=None if isinstance(standing.period, Rolling | str) else window.end,
        points=max(standing.points, 0),
        limit=standing.limit,
        foreseen=max(foreseen, likely),
    )


def called(rule: str) -> str:
    """Give what messages call the rule of a snooze."""
    name, _, value = rule.partition(BETWEEN)
    return named(name, value)


def _day_of(instant: datetime, zone: ZoneInfo) -> datetime:
    return midnight(zone, instant.astimezone(zone).date())

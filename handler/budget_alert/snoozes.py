"""Which rules stay silent for a while, since when and until when, and what breaks through."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from budget_alert.alerts import Alert, BalanceAlert, ForecastAlert, OfBudget, OfUsage, SpikeAlert, Standing
from budget_alert.config.periods import Rolling, Window, midnight
from budget_alert.instants import DAY, MICROSECOND
from budget_alert.outlook.foreseen import LIKELY

MOST = 100
"""So many of an account are kept; what ended first goes first."""
LONGEST_NAME = 80
LONGEST = 400 * DAY
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
Points = Annotated[int, msgspec.Meta(ge=0)]


class Snooze(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule, by its name, that `by` made silent from `start` until `until`, whatever its windows.

    Of a budget, `points` of `limit` were used then, and a forecast saw `foreseen` points, or 0: what lies
    higher breaks through. Without them nothing does. `planned_from` is there where what happens until the end
    was planned: it begins there, and is left out of what is usual and of forecasts for good.
    """

    # What is as here is not stored, so none of these may ever become another one.
    rule: Name
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


class Snoozes(msgspec.Struct, frozen=True):
    """The snoozes of an account, present and past."""

    each: Annotated[tuple[Snooze, ...], msgspec.Meta(max_length=MOST)] = ()

    def of(self, rule: str, now: datetime, end: datetime | None = None) -> Snooze | None:
        """Give what holds a rule back now, or did at the end of a window; of several the strictest."""
        at = min(now, end - MICROSECOND) if end else now
        found = [one for one in self.each if one.rule == rule and (one.holds_at(now) or one.holds_at(at))]
        return max(found, key=lambda one: (one.points is None, one.until), default=None)

    def ended(self, rule: str, now: datetime) -> Snooze | None:
        """Give a rule's snooze that ended last."""
        found = (one for one in self.each if one.rule == rule and one.until <= now)
        return max(found, key=lambda one: one.until, default=None)

    def last(self, now: datetime) -> dict[str, Window]:
        """Give from when until when each rule is silent; of one that was so, when that ended, twice."""
        found: dict[str, Window] = {}
        for rule in dict.fromkeys(one.rule for one in self.each):
            if one := self.of(rule, now):
                found[rule] = Window(one.start, one.until)
            elif one := self.ended(rule, now):
                found[rule] = Window(one.until, one.until)
        return found

    def planned(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """Give the spans, half-open, of what was planned by an instant."""
        begun = (one for one in self.each if one.start <= now)
        return [(one.planned_from, one.until) for one in begun if one.planned_from]

    def adding(self, new: Snooze) -> "Snoozes":
        """Add a snooze in the place of the one that its rule has."""
        ended = (_ended(one, new.start) if one.rule == new.rule else one for one in self.each)
        return _newest((*(one for one in ended if one), new))

    def withdrawing(self, rule: str, start: datetime) -> "Snoozes":
        """Take one away, by its rule and its beginning, as if it had never been."""
        return Snoozes(tuple(one for one in self.each if (one.rule, one.start) != (rule, start)))

    def without(self, rule: str, now: datetime, *, planned: bool = False) -> "Snoozes":
        """Take away a rule's snooze as if it had never been; with `planned` also what was planned before."""
        return Snoozes(
            tuple(
                one
                for one in self.each
                if one.rule != rule or not (now < one.until or (planned and one.planned_from))
            )
        )


NO_SNOOZES = Snoozes()


def _ended(one: Snooze, at: datetime) -> Snooze | None:
    """End a snooze early; None where nothing of it is left."""
    if one.until <= at:
        return one
    return replace(one, until=at) if (one.planned_from or one.start) < at else None


def _newest(snoozes: Iterable[Snooze]) -> Snoozes:
    return Snoozes(tuple(sorted(snoozes, key=lambda one: one.until)[-MOST:]))


class Snoozable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an alert, or a budget as it stands, says for a snooze of it: as JSON under 300 bytes and its name.

    `began_at` is when what happens began, had it been planned; `ends_at` when the window ends, None where it
    has no end of its own.
    """

    rule: Name
    began_at: Instant
    ends_at: Instant | None = None
    points: Points | None = None
    limit: Points | None = None
    foreseen: Points = 0

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
    if isinstance(alert, OfBudget):
        level = alert.threshold_points if isinstance(alert, ForecastAlert) else 0
        return of_budget(alert.standing, alert.counted_at, ZoneInfo(alert.zone), level)
    if not isinstance(alert, OfUsage | BalanceAlert):
        return None
    first = alert.spike.window.start if isinstance(alert, SpikeAlert) else None
    return Snoozable(rule=alert.rule, began_at=first or _day_of(alert.counted_at, ZoneInfo(alert.zone)))


def of_budget(standing: Standing, now: datetime, zone: ZoneInfo, foreseen: int = 0) -> Snoozable:
    """Give what a budget, as it stands, says for a snooze; `foreseen` is what was forecast besides, or 0."""
    window, forecast = standing.window, standing.forecast
    likely = forecast.level if forecast and forecast.chance >= LIKELY else 0
    began_at = max(window.start, _day_of(min(now, window.end - MICROSECOND), zone))
    return Snoozable(
        rule=standing.rule,
        began_at=began_at,
        ends_at=None if isinstance(standing.period, Rolling | str) else window.end,
        points=max(standing.points, 0),
        limit=standing.limit,
        foreseen=max(foreseen, likely),
    )


def _day_of(instant: datetime, zone: ZoneInfo) -> datetime:
    return midnight(zone, instant.astimezone(zone).date())

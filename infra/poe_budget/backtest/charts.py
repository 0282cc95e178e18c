"""A replay as charts: here the data; what is drawn of it stands in the templates `days` and `budget`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from budget_alert.alerts import (
    Alert,
    BudgetAlert,
    ForecastAlert,
    Kind,
    OfBudget,
    Severity,
    is_repeated,
    named,
)
from budget_alert.config.periods import Rolling, Window
from budget_alert.config.schema import Budget, Threshold
from budget_alert.instants import SLOT, slot_of
from budget_alert.messages.budgets import as_written
from budget_alert.messages.times import date, day_and_time, weekday
from budget_alert.messages.wording import counted, name, number, percent, points, share
from budget_alert.usage.totals import Totals
from poe_budget.backtest.curves import At, Curve
from poe_budget.backtest.results import Replay, Sent
from poe_budget.backtest.words import passed, what
from poe_budget.periods import period_words
from poe_budget.rendering import source

Row: TypeAlias = dict[str, Any]

MOST_BOTS = 6
MOST_WINDOWS = 40
"""Beyond these, lines where windows begin would hide what is in them."""
MOST_POINTS = 900
"""A chart has no room for more points of a curve."""
LANES = {"alerts": 12, "digests": 34}
"""Pixels below the top of the chart of all days."""
HEADROOM = 1.08
FAR_ABOVE = 3
HIGHEST_FORECAST = 1.5
"""A forecast is drawn no higher than so many times what else there is to draw."""
TOO_NEAR = 0.08
"""Labels of thresholds that are closer than this share of the height cover each other on one side."""


class Look(msgspec.Struct, frozen=True):
    """How an alert is drawn: in the words of a legend, and in a chart."""

    glyph: str
    shape: str
    colour: str
    words: str


LOOKS: Mapping[str, Look] = {
    "warning": Look("●", "circle", "var(--below)", "a threshold below the limit"),
    "critical": Look("◆", "diamond", "var(--limit)", "the limit or above"),
    "info": Look("●", "circle", "var(--info)", "new, and passed already"),
    "reminder": Look("✚", "cross", "var(--muted)", "a reminder"),
    "forecast": Look("▲", "triangle-up", "var(--foreseen)", "a forecast, with what it expected"),
    "spike": Look("■", "square", "var(--limit)", "a spike"),
    "query": Look("■", "square", "var(--below)", "an expensive query"),
    "balance": Look("▼", "triangle-down", "var(--below)", "a low balance"),
    "digest": Look("●", "circle", "var(--info)", "a digest"),
}


def look_called(name: str) -> Look:
    """Give a look; a kind of alert that has none of its own is a grey square."""
    return LOOKS.get(name) or Look("■", "square", "var(--muted)", f"{name} alerts")


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart in Vega, what it shows in words, and the same as a table."""

    spec: Row
    words: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def look(alert: Alert) -> str:
    """Give the name of an alert's look."""
    if not isinstance(alert, BudgetAlert):
        return alert.kind
    if is_repeated(alert):
        return "reminder"
    return alert.severity if alert.severity is not Severity.INFO else "info"


class Bots(msgspec.Struct, frozen=True):
    """The bots that are told apart, those that spent most, and whether there are others."""

    apart: tuple[str, ...]
    others: bool

    @classmethod
    def of(cls, replay: Replay) -> "Bots":
        """Choose them."""
        spent = Totals.total(totals for _, totals in replay.days).by_bot()
        used = [bot for bot, points in spent if points > 0]
        return cls(tuple(used[:MOST_BOTS]), len(used) > MOST_BOTS)

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Give name and colour of each, the others last."""
        apart = [(name(bot), f"var(--bot{place})") for place, bot in enumerate(self.apart, 1)]
        return apart + [("other bots", "var(--rest)")] * self.others

    def points(self, totals: Totals) -> list[int]:
        """Give what each of the legend spent."""
        spent = dict(totals.by_bot())
        apart = [spent.pop(bot, 0) for bot in self.apart]
        return apart + [sum(spent.values())] * self.others


def days(replay: Replay) -> Chart:
    """Chart the points of each day by bot, and above them the alerts, the digests in a lane of their own."""
    bots = Bots.of(replay)
    clock, zone = _Clock(replay), replay.config.timezone
    every = [(day, totals, bots.points(totals)) for day, totals in replay.days]
    most = max((sum(max(part, 0) for part in parts) for _, _, parts in every), default=0)
    data = {
        "lanes": [{"lane": lane, "y": y} for lane, y in LANES.items()],
        "bars": [bar for day, totals, parts in every for bar in _bars(clock, bots, day, totals, parts)],
        "alerts": [
            _mark(clock, sent) | {"y": LANES["digests" if sent.alert.kind is Kind.DIGEST else "alerts"]}
            for sent in replay.alerts
        ],
    }
    end = max([replay.end, replay.start + timedelta(hours=1)])
    scale = {"from": clock.at(replay.start), "to": clock.at(end), "top": max(round(most * HEADROOM), 1)}
    return Chart(
        spec=_spec("days", data, scale),
        words=f"Points of each day by bot, and {counted(len(replay.alerts), 'alert')}",
        headings=["Day", "Points", *(bot for bot, _ in bots.legend)],
        rows=[
            (weekday(day.start, zone), number(totals.points), *map(number, parts))
            for day, totals, parts in every
        ],
    )


def _bars(clock: "_Clock", bots: Bots, day: Window, totals: Totals, parts: Sequence[int]) -> Iterator[Row]:
    said = f"{weekday(day.start, clock.zone)}: {points(totals.points)}"
    for place, ((bot, colour), part) in enumerate(zip(bots.legend, parts, strict=True)):
        if part > 0:
            yield {
                "start": clock.at(day.start),
                "end": clock.at(day.end),
                "place": place,
                "points": part,
                "colour": colour,
                "words": f"{said}\n{bot}: {number(part)}, {share(part, max(totals.points, part))}",
            }


def budget(replay: Replay, rule: Budget) -> Chart:
    """Chart how the windows of a budget filled, with its thresholds, and what was sent of it.

    Of one for each key or bot it is about the one that came highest.
    """
    curves = replay.curves[rule.name]
    clock = _Clock(replay)
    called = named(rule.name, next(one.value for one in replay.rules if one.name == rule.name))
    sent = [each for each in replay.sent if isinstance(each.alert, OfBudget) and each.alert.about == called]
    shown = [(curve, [at for at in curve.points if at[0] >= replay.start]) for curve in curves]
    reached = [count for _, points in shown for _, count in points]
    levels = _levels(rule)
    drawn = max([rule.points, *reached, *(level.points for level in levels)])
    expected = [each.alert for each in sent if isinstance(each.alert, ForecastAlert)]
    ends = [alert.standing.window.end for alert in expected]
    highs = [alert.forecast.high for alert in expected]
    top = round(max(drawn, min(max(highs, default=0), round(drawn * HIGHEST_FORECAST))) * HEADROOM) + 1
    bottom, end = min([0, *reached]), max([replay.end, slot_of(replay.start) + SLOT, *ends])
    step = sum(len(points) for _, points in shown) // MOST_POINTS + 1
    data = {
        "edges": [{"at": clock.at(at)} for at in _edges(rule, curves, replay.start, end)],
        "curve": [
            {"at": clock.at(at), "points": count, "window": place}
            for place, (_, points) in enumerate(shown)
            for at, count in _thinned(points, step)
        ],
        "forecasts": [row for each in sent for row in _foreseen(clock, each)],
        "thresholds": list(_thresholds(rule, levels, top - bottom)),
        "end": [{"at": clock.at(replay.end)}] if end > replay.end else [],
        "alerts": [_mark(clock, each) | {"points": _stood_at(each)} for each in sent],
    }
    scale = {"from": clock.at(slot_of(replay.start)), "to": clock.at(end), "bottom": bottom, "top": top}
    words = period_words(rule.period)
    return Chart(
        spec=_spec("budget", data, scale),
        words=f"{name(called)}, {points(rule.points)} per {words}, and what was sent of it",
        headings=("Day", "Highest", "Of the limit"),
        rows=[
            (day, number(most), percent(most * 1000 // rule.points / 10, exact=True))
            for day, most in _highest(replay, shown)
        ],
    )


def _stood_at(sent: Sent) -> int:
    return sent.alert.standing.points if isinstance(sent.alert, OfBudget) else 0


def _levels(rule: Budget) -> list[Threshold]:
    """Give the thresholds worth drawing, lowest first; one far above the limit would flatten all else."""
    both = {level.points: level for level in (*rule.forecast_at, *rule.alert_at)}
    return [both[points] for points in sorted(both) if points <= FAR_ABOVE * rule.points]


def _thresholds(rule: Budget, levels: Iterable[Threshold], height: int) -> Iterator[Row]:
    before, left = float("-inf"), True
    for level in levels:
        left = not left and level.points - before < TOO_NEAR * height
        before = level.points
        colour = "limit" if level.points >= rule.points else "below"
        short = f" = {number(level.points)}" if level.text.endswith("%") else ""
        yield {
            "points": level.points,
            "label": as_written(level.text) + short,
            "colour": f"var(--{colour if level in rule.alert_at else 'foreseen'})",
            "left": left,
        }


def _edges(rule: Budget, curves: Sequence[Curve], start: datetime, end: datetime) -> Iterator[datetime]:
    if not isinstance(rule.period, Rolling) and len(curves) <= MOST_WINDOWS:
        yield from (curve.window.start for curve in curves if start < curve.window.start < end)


def _thinned(points: Sequence[At], step: int) -> Iterator[At]:
    """Give every so many points of a curve, and its last; of a level stretch only its ends."""
    kept = [*points[::step], *points[-1:]]
    for place, at in enumerate(kept):
        around = {each[1] for each in kept[max(place - 1, 0) : place + 2]}
        if place in (0, len(kept) - 1) or around != {at[1]}:
            yield at


def _foreseen(clock: "_Clock", sent: Sent) -> Iterator[Row]:
    """Give what a forecast expected: from where its budget stood to where the window would end."""
    if not isinstance(sent.alert, ForecastAlert):
        return
    standing, forecast = sent.alert.standing, sent.alert.forecast
    here, now = standing.points, clock.at(sent.at)
    yield {"forecast": now, "at": now, "low": here, "high": here, "expected": here}
    yield {
        "forecast": now,
        "at": clock.at(standing.window.end),
        "low": forecast.low,
        "high": forecast.high,
        "expected": forecast.expected,
    }


def _highest(replay: Replay, shown: Sequence[tuple[Curve, Sequence[At]]]) -> Iterator[tuple[str, int]]:
    """Give the most that a budget's windows held on each day of the zone."""
    most: dict[str, int] = {}
    for at, count in sorted(at for _, curve in shown for at in curve):
        if at - SLOT >= replay.end:
            break
        day = date(max(at - SLOT, replay.start), replay.config.timezone)
        most[day] = max(most.get(day, count), count)
    yield from most.items()


def _mark(clock: "_Clock", sent: Sent) -> Row:
    looks, when = look_called(look(sent.alert)), passed(sent)
    limit = f"\nLimit passed: {when}" if when else ""
    words = f"{day_and_time(sent.at, sent.alert.zone)}: {what(sent)}{limit}"
    return {"at": clock.at(sent.at), "shape": looks.shape, "colour": looks.colour, "words": words}


class _Clock:
    """Instants as a chart takes them: milliseconds of the clock of the config's zone, as if it were UTC's."""

    def __init__(self, replay: Replay) -> None:
        self._zone = replay.config.zone
        self.zone = replay.config.timezone

    def at(self, instant: datetime) -> int:
        return round(instant.astimezone(self._zone).replace(tzinfo=UTC).timestamp() * 1000)


def _spec(kind: str, data: Mapping[str, Sequence[Row]], scale: Mapping[str, int]) -> Row:
    """Put data and the ends of the scales into a chart in Vega, whose data and signals are called so."""
    drawn: Row = json.loads(source(f"{kind}.json"))
    for known in drawn["data"]:
        if known["name"] in data:
            known["values"] = data[known["name"]]
    for signal in drawn["signals"]:
        if signal["name"] in scale:
            signal["value"] = scale[signal["name"]]
    return drawn

"""A replay as charts: here the data; what is drawn of it stands in the templates `days` and `budget`."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from budget_alert.config.periods import Rolling
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
Clock: TypeAlias = Callable[[datetime], int]
"""Gives instants as charts take them: milliseconds of the clock of the config's zone, as if it were UTC's."""

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
    """A chart in Vega, what it shows in words, its legend by name and colour, and the same as a table."""

    spec: Row
    words: str
    legend: Sequence[tuple[str, str]] = ()
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def look(alert: Alert) -> str:
    """Give the name of an alert's look."""
    if not isinstance(alert, BudgetAlert):
        return alert.kind
    if is_repeated(alert):
        return "reminder"
    return alert.severity if alert.severity is not Severity.INFO else "info"


def days(replay: Replay) -> Chart:
    """Chart the points of each day by bot, and above them the alerts, the digests in a lane of their own."""
    used = Totals.total(totals for _, totals in replay.days).by_bot()
    apart = [bot for bot, spent in used if spent > 0]
    legend = [(name(bot), f"var(--bot{place})") for place, bot in enumerate(apart[:MOST_BOTS], 1)]
    legend += [("other bots", "var(--rest)")] * (len(apart) > MOST_BOTS)
    clock, zone = _clock(replay), replay.config.timezone
    every = [(day, totals, _parts(totals, apart)) for day, totals in replay.days]
    most = max((sum(max(part, 0) for part in parts) for _, _, parts in every), default=0)
    data = {
        "lanes": [{"lane": lane, "y": y} for lane, y in LANES.items()],
        "bars": [
            {
                "start": clock(day.start),
                "end": clock(day.end),
                "place": place,
                "points": part,
                "colour": colour,
                "words": f"{weekday(day.start, zone)}: {points(totals.points)}\n"
                f"{bot}: {number(part)}, {share(part, max(totals.points, part))}",
            }
            for day, totals, parts in every
            for place, ((bot, colour), part) in enumerate(zip(legend, parts, strict=True))
            if part > 0
        ],
        "alerts": [
            _mark(clock, sent) | {"y": LANES["digests" if sent.alert.kind is Kind.DIGEST else "alerts"]}
            for sent in replay.alerts
        ],
    }
    end = max([replay.end, replay.start + timedelta(hours=1)])
    scale = {"from": clock(replay.start), "to": clock(end), "top": max(round(most * HEADROOM), 1)}
    return Chart(
        spec=_spec("days", data, scale),
        words=f"Points of each day by bot, and {counted(len(replay.alerts), 'alert')}",
        legend=legend,
        headings=["Day", "Points", *(bot for bot, _ in legend)],
        rows=[
            (weekday(day.start, zone), number(totals.points), *map(number, parts))
            for day, totals, parts in every
        ],
    )


def _parts(totals: Totals, apart: Sequence[str]) -> list[int]:
    """Give what each of the bots that are told apart spent, and what all others did, if there are any."""
    spent = dict(totals.by_bot())
    parts = [spent.pop(bot, 0) for bot in apart[:MOST_BOTS]]
    return parts + [sum(spent.values())] * (len(apart) > MOST_BOTS)


def budget(replay: Replay, rule: Budget) -> Chart:
    """Chart how the windows of a budget filled, with its thresholds, and what was sent of it.

    Of one for each key or bot it is about the one that came highest.
    """
    curves = replay.curves[rule.name]
    clock = _clock(replay)
    called = named(rule.name, replay.values[rule.name])
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
        "edges": [{"at": clock(at)} for at in _edges(rule, curves, replay.start, end)],
        "curve": [
            {"at": clock(at), "points": count, "window": place}
            for place, (_, points) in enumerate(shown)
            for at, count in _thinned(points, step)
        ],
        "forecasts": [row for each in sent for row in _foreseen(clock, each)],
        "thresholds": list(_thresholds(rule, levels, top - bottom)),
        "end": [{"at": clock(replay.end)}] if end > replay.end else [],
        "alerts": [_mark(clock, each) | {"points": _stood_at(each)} for each in sent],
    }
    scale = {"from": clock(slot_of(replay.start)), "to": clock(end), "bottom": bottom, "top": top}
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


def _foreseen(clock: Clock, sent: Sent) -> Iterator[Row]:
    """Give what a forecast expected: from where its budget stood to where the window would end."""
    if not isinstance(sent.alert, ForecastAlert):
        return
    standing, forecast = sent.alert.standing, sent.alert.forecast
    here, now = standing.points, clock(sent.at)
    yield {"forecast": now, "at": now, "low": here, "high": here, "expected": here}
    yield {
        "forecast": now,
        "at": clock(standing.window.end),
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


def _mark(clock: Clock, sent: Sent) -> Row:
    looks, when = look_called(look(sent.alert)), passed(sent)
    limit = f"\nLimit passed: {when}" if when else ""
    words = f"{day_and_time(sent.at, sent.alert.zone)}: {what(sent)}{limit}"
    return {"at": clock(sent.at), "shape": looks.shape, "colour": looks.colour, "words": words}


def _clock(replay: Replay) -> Clock:
    zone = replay.config.zone
    return lambda instant: round(instant.astimezone(zone).replace(tzinfo=UTC).timestamp() * 1000)


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

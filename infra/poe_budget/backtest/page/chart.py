"""How a budget's windows burnt up: its points so far, its thresholds, and what was told of it."""

from collections.abc import Iterable, Iterator, Sequence

from budget_alert.alerts import ForecastAlert, OfBudget
from budget_alert.config.periods import Rolling
from budget_alert.config.schema import Budget, Threshold
from budget_alert.instants import SLOT, slot_of
from budget_alert.messages.budgets import as_written
from budget_alert.messages.times import date
from budget_alert.messages.wording import name, points
from poe_budget.backtest.curves import At, Curve
from poe_budget.backtest.page import svg
from poe_budget.backtest.page.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axes, short
from poe_budget.backtest.page.marks import mark, ranges
from poe_budget.backtest.results import Replay, Sent

MOST_WINDOWS = 40
"""Beyond these, lines where windows begin would hide what is in them."""
LINE_HEIGHT = 13
HEADROOM = 1.06
FAR_ABOVE = 3
HIGHEST_FORECAST = 1.5
"""A forecast is drawn no higher than so many times what else there is to draw."""


def chart(replay: Replay, budget: Budget) -> str:
    """Draw one budget."""
    curves = replay.curves[budget.name]
    told = [sent for sent in replay.sent if _is_of(sent, budget)]
    axes = _axes(replay, budget, curves, told)
    parts = [
        *frame(axes, replay),
        *_edges(axes, budget, curves),
        *_thresholds(axes, budget),
        *(part for sent in told for part in ranges(axes, sent)),
        *(part for curve in curves for part in _curve(axes, curve)),
        *(mark(sent, (axes.x(sent.at), axes.y(_stood_at(sent)))) for sent in told),
    ]
    said = f"{name(budget.name)}: {points(budget.points)} per {budget.period.words}, {len(told)} alerts"
    return svg.drawing(WIDTH, HEIGHT, said, "".join(parts))


def frame(axes: Axes, replay: Replay) -> Iterator[str]:
    """Draw round numbers of points, and dates; and where the history ends, if the chart goes on."""
    right = WIDTH - RIGHT
    for level in axes.levels():
        yield svg.line((LEFT, axes.y(level)), (right, axes.y(level)), "grid")
        yield svg.text((LEFT - 8, axes.y(level) + 4), short(level), "level")
    for day in axes.dates(replay.config.zone):
        yield svg.line((axes.x(day), axes.height - BOTTOM), (axes.x(day), axes.height - BOTTOM + 4), "tick")
        yield svg.text((axes.x(day), axes.height - 8), date(day, replay.config.timezone), "date")
    if axes.end > replay.end:
        yield svg.line((axes.x(replay.end), TOP), (axes.x(replay.end), axes.height - BOTTOM), "end")
        yield svg.text((axes.x(replay.end) + 4, TOP + 10), "end of the history", "note")


def _is_of(sent: Sent, budget: Budget) -> bool:
    return isinstance(sent.alert, OfBudget) and sent.alert.rule == budget.name


def _stood_at(sent: Sent) -> int:
    return sent.alert.standing.points if isinstance(sent.alert, OfBudget) else 0


def _axes(replay: Replay, budget: Budget, curves: Sequence[Curve], told: Iterable[Sent]) -> Axes:
    forecasts = [
        (sent.alert.standing.window.end, sent.alert.forecast.high)
        for sent in told
        if isinstance(sent.alert, ForecastAlert)
    ]
    reached = [value for curve in curves for at, value in curve.points if at >= replay.start]
    drawn = max([budget.points, *reached, *(level.points for level in levels(budget))])
    foreseen = min(max((high for _, high in forecasts), default=0), round(drawn * HIGHEST_FORECAST))
    return Axes(
        start=slot_of(replay.start),
        end=max([replay.end, slot_of(replay.start) + SLOT, *(end for end, _ in forecasts)]),
        top=round(max(drawn, foreseen) * HEADROOM) + 1,
        bottom=min([0, *reached]),
    )


def levels(budget: Budget) -> list[Threshold]:
    """Give the thresholds worth drawing, lowest first; one far above the limit would flatten all else."""
    both = {level.points: level for level in (*budget.forecast_at, *budget.alert_at)}
    return [both[points] for points in sorted(both) if points <= FAR_ABOVE * budget.points]


def _edges(axes: Axes, budget: Budget, curves: Sequence[Curve]) -> Iterator[str]:
    if isinstance(budget.period, Rolling) or len(curves) > MOST_WINDOWS:
        return
    for curve in curves:
        if axes.start < curve.window.start < axes.end:
            x = axes.x(curve.window.start)
            yield svg.line((x, TOP), (x, axes.height - BOTTOM), "edge")


def _thresholds(axes: Axes, budget: Budget) -> Iterator[str]:
    right, lowest = WIDTH - RIGHT, float("inf")
    for level in levels(budget):
        y = axes.y(level.points)
        kind = _kind(level, budget)
        lowest = min(y + 4, lowest - LINE_HEIGHT)
        yield svg.line((LEFT, y), (right, y), f"threshold {kind}")
        label = as_written(level.text) + (f" = {short(level.points)}" if level.text.endswith("%") else "")
        yield svg.text((right + 8, lowest), label, f"threshold-label {kind}")


def _kind(level: Threshold, budget: Budget) -> str:
    if level not in budget.alert_at:
        return "foreseen"
    return "limit" if level.points >= budget.points else "below"


def _curve(axes: Axes, curve: Curve) -> Iterator[str]:
    shown = [(axes.x(at), axes.y(points)) for at, points in _turns(curve.points) if at >= axes.start]
    ground = axes.y(0)
    yield svg.polygon([(shown[0][0], ground), *shown, (shown[-1][0], ground)], "area")
    yield svg.polyline(shown, "curve")


def _turns(points: Sequence[At]) -> Iterator[At]:
    """Leave out what lies in the middle of a level stretch."""
    for place, at in enumerate(points):
        around = {each[1] for each in points[max(place - 1, 0) : place + 2]}
        if place in (0, len(points) - 1) or around != {at[1]}:
            yield at

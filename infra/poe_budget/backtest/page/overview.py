"""What was used on each day, and when something was told: all rules at a glance."""

from collections.abc import Iterator
from datetime import timedelta

from budget_alert.messages.times import weekday
from budget_alert.messages.wording import points
from poe_budget.backtest.page import svg
from poe_budget.backtest.page.axes import BOTTOM, TOP, WIDTH, Axes
from poe_budget.backtest.page.chart import HEADROOM, frame
from poe_budget.backtest.page.marks import mark
from poe_budget.backtest.results import Replay

HEIGHT = 190
LANE = 20
"""Marks stand in a lane above the bars."""


def overview(replay: Replay) -> str:
    """Draw the points of each day, and a mark for each alert."""
    most = max((spent for _, spent in replay.days), default=0)
    axes = Axes(
        start=replay.start,
        end=max(replay.end, replay.start + timedelta(hours=1)),
        top=max(round(most * HEADROOM), 1),
        height=HEIGHT,
        inset=TOP + LANE,
    )
    marks = (mark(sent, (axes.x(sent.at), LANE / 2)) for sent in replay.alerts)
    said = f"Points of each day, and {len(replay.alerts)} alerts"
    return svg.drawing(WIDTH, HEIGHT, said, "".join([*frame(axes, replay), *_bars(axes, replay), *marks]))


def _bars(axes: Axes, replay: Replay) -> Iterator[str]:
    for day, spent in replay.days:
        left, right = axes.x(day.start), axes.x(day.end)
        if right > left and spent > 0:
            top = axes.y(spent)
            said = f"{weekday(day.start, replay.config.timezone)}: {points(spent)}"
            yield svg.rectangle(
                (left + 1, top), max(right - left - 2, 1), axes.height - BOTTOM - top, "bar", said
            )

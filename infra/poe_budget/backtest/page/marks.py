"""What alerts look like in a chart."""

from collections.abc import Iterator, Mapping

from budget_alert.alerts import Alert, BudgetAlert, ForecastAlert, Severity, is_repeated
from budget_alert.messages.times import day_and_time
from poe_budget.backtest.page import svg
from poe_budget.backtest.page.axes import Axes
from poe_budget.backtest.results import Sent
from poe_budget.backtest.words import passed, what

CIRCLE = "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z"
DOT = "M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0Z"
RING = "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z"
"""Hollow, so that nobody takes it for a dot of another colour."""
DIAMOND = "M0 -6.5L6.5 0L0 6.5L-6.5 0Z"
TRIANGLE = "M0 -6L5.5 4.5L-5.5 4.5Z"
SQUARE = "M-4.5 -4.5H4.5V4.5H-4.5Z"
SHAPES: Mapping[str, tuple[str, str]] = {
    "warning": (CIRCLE, "a threshold below the limit"),
    "critical": (DIAMOND, "the limit or above"),
    "info": (CIRCLE, "new, and passed already"),
    "reminder": (DOT, "a reminder"),
    "forecast": (TRIANGLE, "a forecast, with where it expected the window to end"),
    "spike": (SQUARE, "a spike"),
    "query": (SQUARE, "an expensive query"),
    "balance": (SQUARE, "a low balance"),
    "digest": (RING, "a digest"),
}


def look(alert: Alert) -> str:
    """Give the name of an alert's mark."""
    if not isinstance(alert, BudgetAlert):
        return alert.kind
    if is_repeated(alert):
        return "reminder"
    return alert.severity if alert.severity is not Severity.INFO else "info"


def words(sent: Sent) -> str:
    """Say what a mark stands for."""
    when = passed(sent)
    limit = f"; limit passed: {when}" if when else ""
    return f"{day_and_time(sent.at, sent.alert.zone)}: {what(sent)}{limit}"


def mark(sent: Sent, place: svg.Place) -> str:
    """Set the mark of an alert."""
    name = look(sent.alert)
    return svg.mark(place, SHAPES[name][0], name, words(sent))


def ranges(axes: Axes, sent: Sent) -> Iterator[str]:
    """Draw what a forecast expected: from where its budget stood to where the window would end."""
    if not isinstance(sent.alert, ForecastAlert):
        return
    standing, forecast = sent.alert.standing, sent.alert.forecast
    begin, end = (axes.x(sent.at), axes.y(standing.points)), axes.x(standing.window.end)
    yield svg.polygon([begin, (end, axes.y(forecast.low)), (end, axes.y(forecast.high))], "range")
    yield svg.line(begin, (end, axes.y(forecast.expected)), "expected")

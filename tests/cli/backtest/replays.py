"""Histories, made up and saved, and a replay in which every kind of rule has something to say."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from rich.console import Console

from budget_alert.config.reading import parse
from budget_alert.instants import DAY
from budget_alert.usage.entries import Entry
from poe_budget.backtest.replay import Conditions, replay
from poe_budget.backtest.report import tables
from poe_budget.backtest.results import Replay
from poe_budget.past.history import History, slots_of
from poe_budget.past.saved import append, page_of
from tests.support.configs import table
from tests.support.histories import START, entry

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HOSTILE = '<script>alert("1")</script> & [red] *b*'
EVERYTHING = (
    table(
        "budget",
        name="Month",
        points=4_000,
        period="month",
        alert_at=["50%", "100%", "1000%"],
        forecast_at=["70%"],
        repeat="1d",
    )
    + table("budget", name="Day", points=400, period="day")
    + table("budget", name="Hours", points=20, period="hour", bots=["late"])
    + table("budget", name="Nothing", points=300, period="7d", bots=["nobody"])
    + table("spike", name="Burst", window="1h", at_least=100)
    + table("query", name="Dear", points=200)
    + table("balance", name="Left", below=10)
    + table("digest", every="day")
)


def saved(history: History, file: Path) -> Path:
    """Save a history as if one page had shown all of it."""
    page = page_of(history)
    assert list(append(file, [page], history.end)) == [page]
    return file


def history(entries: Iterable[Entry], length: timedelta, start: datetime = START) -> History:
    """Give a history of so much time with these entries in it."""
    spent = tuple(sorted(entries, key=lambda one: one.created))
    return History(source="made up", start=start, end=start + length, slots=slots_of(spent), entries=spent)


def hourly(hours: int, points: int = 10, start: datetime = START, **row: str) -> list[Entry]:
    """Spend the same five minutes past each of so many hours."""
    return [entry(start + number * HOUR + HOUR / 12, points, f"h{number}", **row) for number in range(hours)]


@cache
def done(config: str = EVERYTHING, name: str = "late", days: int = 12) -> Replay:
    """Replay even usage with a burst of one bot's."""
    spent = [*hourly(days * 24), entry(START + 9 * DAY + HOUR, 250, bot=name)]
    return replay(parse(config), history(spent, days * DAY), Conditions(interval=15 * MINUTE))


def printed(shown: Replay, width: int = 120) -> str:
    """Print the tables."""
    console = Console(width=width, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as capture:
        console.print(tables(shown))
    return capture.get()

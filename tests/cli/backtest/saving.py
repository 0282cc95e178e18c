"""Histories, made up or real, saved for the command line to read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from budget_alert.usage.entries import Entry
from poe_budget.past.history import History, slots_of
from poe_budget.past.saved import append, page_of
from tests.support.histories import START, entry

HOUR = timedelta(hours=1)


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

"""A replay as tables for people."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from budget_alert.alerts import Severity
from budget_alert.messages.wording import name
from poe_budget.backtest.results import Replay
from poe_budget.backtest.words import listed, messages, rows, silence

COLOURS = {Severity.INFO: "blue", Severity.WARNING: "yellow", Severity.CRITICAL: "red"}


def tables(replay: Replay) -> Group:
    """Give what was told when, what became of each rule, and why some were silent."""
    return Group(*_parts(replay))


def _parts(replay: Replay) -> Iterator[RenderableType]:
    if replay.alerts:
        yield _told(replay)
    yield Text(f"{messages(replay)}, the welcome of the first tick not counted.")
    yield _rules(replay)
    silent = [rule for rule in replay.rules if not rule.alerts]
    if silent:
        yield Text("Never spoke:")
        yield _listed(f"{name(rule.name)}: {silence(rule)}" for rule in silent)


def _told(replay: Replay) -> Table:
    table = _table("When", "What", "Limit passed")
    for line in listed(replay):
        at = line.sent.at.astimezone(ZoneInfo(replay.config.timezone))
        colour = COLOURS[line.sent.alert.severity]
        table.add_row(Text(f"{at.day} {at:%b %H:%M}"), Text(line.what, style=colour), Text(line.passed))
    return table


def _rules(replay: Replay) -> Table:
    table = _table("Rule", "Kind", "Alerts", "Highest")
    for *cells, _ in rows(replay):
        table.add_row(*map(Text, cells))
    return table


def _listed(sentences: Iterable[str]) -> Table:
    """List sentences whose further lines begin below their first words."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    for sentence in sentences:
        grid.add_row(Text("-"), Text(sentence))
    return grid


def _table(*headings: str) -> Table:
    table = Table(*headings, box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in table.columns:
        column.overflow = "fold"
    return table

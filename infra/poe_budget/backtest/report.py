"""A replay as `backtest` prints it: as JSON, and as tables for people."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from budget_alert.alerts import Kind, OfBudget, Severity, is_whole
from budget_alert.messages.wording import name
from poe_budget.backtest.results import FiredRule, Replay, Sent
from poe_budget.backtest.words import listed, messages, rows, what

MINUTE = timedelta(minutes=1)
COLOURS = {Severity.INFO: "blue", Severity.WARNING: "yellow", Severity.CRITICAL: "red"}


class SentAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert.

    `points`, `limit`, `percent` and the window are those of a budget; null where a kind has none. `complete`
    is False where usage that it counts is missing.
    `reached_at` is when the limit (of a forecast: its threshold) was reached, and `lead_minutes` how long
    after the alert that was, negative where it was before; null where it was not reached. Where it may still
    be, for the window had not ended when the history did, `so_far_percent` is how full that was by then.
    """

    at: datetime
    kind: Kind
    rule: str
    severity: Severity
    words: str
    threshold: str | None
    threshold_points: int | None
    points: int | None
    limit: int | None
    percent: float | None
    complete: bool
    window_start: datetime | None
    window_end: datetime | None
    reached_at: datetime | None
    lead_minutes: int | None
    so_far_percent: int | None


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """A config over a history; `messages` are those of one channel, the welcome left out."""

    config: str
    source: str
    known_from: datetime
    start: datetime
    end: datetime
    interval_minutes: int
    ticks: int
    messages: int
    messages_a_week: float | None
    alerts: tuple[SentAlert, ...]
    rules: tuple[FiredRule, ...]


def report(replay: Replay, config: str) -> Backtest:
    """Say what a replay has shown; `config` names the config."""
    return Backtest(
        config=config,
        source=replay.history.source,
        known_from=replay.known_from,
        start=replay.start,
        end=replay.end,
        interval_minutes=replay.interval // MINUTE,
        ticks=replay.ticks,
        messages=replay.messages,
        messages_a_week=None if replay.messages_a_week is None else round(replay.messages_a_week, 2),
        alerts=tuple(_alert(sent) for sent in replay.alerts),
        rules=replay.rules,
    )


def _alert(sent: Sent) -> SentAlert:
    alert = sent.alert
    limited = alert if isinstance(alert, OfBudget) else None
    standing = limited.standing if limited else None
    return SentAlert(
        at=sent.at,
        kind=alert.kind,
        rule=alert.rule,
        severity=alert.severity,
        words=what(sent),
        threshold=limited.threshold if limited else None,
        threshold_points=alert.figures.needed,
        points=standing.points if standing else None,
        limit=standing.limit if standing else None,
        percent=standing.percent if standing else None,
        complete=is_whole(alert),
        window_start=standing.window.start if standing else None,
        window_end=standing.window.end if standing else None,
        reached_at=sent.reached_at,
        lead_minutes=None if sent.lead is None else sent.lead // MINUTE,
        so_far_percent=sent.so_far,
    )


def tables(replay: Replay) -> Group:
    """Give what was sent when, what became of each rule, and why some were silent."""
    return Group(*_parts(replay))


def _parts(replay: Replay) -> Iterator[RenderableType]:
    if replay.alerts:
        yield _sent(replay)
    yield Text(f"{messages(replay)}, the welcome of the first tick not counted.")
    yield _rules(replay)
    silent = [rule for rule in replay.rules if not rule.alerts]
    if silent:
        yield Text("Never fired:")
        yield _listed(f"{name(rule.name)}: {rule.silent_because}" for rule in silent)


def _sent(replay: Replay) -> Table:
    table = _table("When", "What", "Limit passed")
    for sent, words, when in listed(replay):
        at = sent.at.astimezone(replay.config.zone)
        colour = COLOURS[sent.alert.severity]
        table.add_row(Text(f"{at.day} {at:%b %H:%M}"), Text(words, style=colour), Text(when))
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

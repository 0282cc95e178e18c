"""What must hold of an account once nothing goes wrong any more."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from budget_alert.config.periods import CalendarPeriod, windows_between
from budget_alert.config.schema import Budget, QueryRule
from budget_alert.errors import (
    BudgetAlertError,
    ChannelError,
    ChannelRefusedError,
    ConfigError,
    FanoutError,
    KeyRefusedError,
    LedgerError,
    ListBrokenError,
    LostRaceError,
    PoeUnavailableError,
    RateLimitedError,
    SecretError,
    UnknownPositionError,
    UnreadableAnswerError,
)
from budget_alert.identity import identity
from budget_alert.ledger.items import body_of
from budget_alert.rules.notified import Memory, Notified
from tests.support.tables import MemoryTable

Rows = Sequence[Mapping[str, Any]]
SCAN_ERRORS = (
    KeyRefusedError,
    RateLimitedError,
    PoeUnavailableError,
    UnreadableAnswerError,
    UnknownPositionError,
    ListBrokenError,
)
FAULTS: dict[str, tuple[type[BudgetAlertError], ...]] = {
    "page": SCAN_ERRORS,
    "secret": (SecretError,),
    "balance": SCAN_ERRORS,
    "config": (ConfigError,),
    "send": (ChannelError, ChannelRefusedError),
    "listeners": (ChannelError,),
    "write": (LedgerError, LostRaceError),
    "queue": (FanoutError,),
}


def faulty(share: float, chance: Callable[[], Random]) -> Callable[[int, str], None]:
    """Make a gate where a share of all calls fails, before or after its effect."""

    def perhaps(_number: int, name: str) -> None:
        if chance().random() < share:
            when, call = name.split(" ", 1)
            kinds = FAULTS.get(call.split(" ")[0], (LedgerError,))
            error = chance().choice(kinds)
            if when == "after" and error is ChannelRefusedError:
                error = ChannelError
            raise error("a fault to order")

    return perhaps


def unheard(table: MemoryTable) -> list[str]:
    """Give the alerts that no channel has accepted."""
    return [key for key, one in table.items.items() if key.startswith("alert#") and "accepted" not in one]


def unsent(  # noqa: PLR0913, PLR0917 - all that is compared
    table: MemoryTable,
    rows: Callable[[datetime], Rows],
    budgets: Iterable[Budget],
    begin: datetime,
    now: datetime,
    snoozed: Collection[str] = (),
) -> list[tuple[str, datetime]]:
    """Give the calendar windows whose threshold was reported to nobody.

    `rows` gives those that count in windows with that end. Of the rules that were `snoozed`, each of which
    had its lowest threshold held back for a while, only the higher ones must have been.
    """
    memory = body_of(table.items["notes"], Memory)
    return [
        (budget.name, window.start)
        for budget in budgets
        if isinstance(budget.period, CalendarPeriod)
        for window in windows_between(budget.period, budget.zone, begin, now)
        if window.end > memory.rules[budget.fingerprint].since
        for bot, counted in _parted(budget, rows(window.end)).items()
        if _reached(counted, window.start, window.end, _levels(budget, snoozed))
        > _notified(table, f"told#budget#{budget.fingerprint}#{window.start:%Y-%m-%dT%H:%MZ}", bot)
    ]


def _parted(budget: Budget, rows: Rows) -> dict[str, Rows]:
    """Give what counts together, by bot where there is a budget for each; else all, as of ""."""
    if not budget.each:
        return {"": rows}
    bots = {row["bot_name"] for row in rows}
    return {bot: [row for row in rows if row["bot_name"] == bot] for bot in bots}


def _levels(budget: Budget, snoozed: Collection[str]) -> list[int]:
    return [level.points for level in budget.alert_at[1 if budget.name in snoozed else 0 :]]


def unnamed(table: MemoryTable, listed: Rows, rule: QueryRule) -> list[str]:
    """Give the queries that cost too much and that were reported to nobody."""
    since = body_of(table.items["notes"], Memory).rules[rule.fingerprint].since
    dear = [row for row in listed if row["cost_points"] >= rule.points]
    young = [row for row in dear if row["creation_time"] >= since.timestamp() * 1e6]
    keys = {row["query_id"]: f"told#query#{rule.fingerprint}#{identity(row['query_id'])}" for row in young}
    return [query for query, key in keys.items() if key not in table.items]


def _reached(rows: Rows, start: datetime, end: datetime, thresholds: list[int]) -> int:
    span = range(int(start.timestamp() * 1e6), int(end.timestamp() * 1e6))
    points = sum(row["cost_points"] for row in rows if row["creation_time"] in span)
    return max((threshold for threshold in thresholds if points >= threshold), default=0)


def _notified(table: MemoryTable, key: str, value: str) -> int:
    item = table.items.get(key)
    known = body_of(item, Notified) if item else Notified()
    of_one = known.values.get(value, Notified()) if value else known
    return max((crossing.points for crossing in of_one.crossings), default=0)

"""A config and a history -> what the function would have told, tick by tick."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import Alert, DigestAlert
from budget_alert.config.billing import Cycle
from budget_alert.config.periods import Day, windows_between
from budget_alert.config.schema import Config
from budget_alert.rules.costly import costly_from
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.state import RETENTION
from poe_budget.backtest.account import Account
from poe_budget.backtest.arrivals import arrivals
from poe_budget.backtest.leads import with_lead
from poe_budget.backtest.ledger import ReplayLedger
from poe_budget.backtest.results import Replay
from poe_budget.backtest.seen import Seen
from poe_budget.backtest.verdicts import verdicts
from poe_budget.past.history import History

FIVE_MINUTES = timedelta(minutes=5)
"""The default of the stack."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """How the watch runs in a replay, and what it knows besides the history.

    Its first tick stands at `start`, or where the history begins. `cycles` say when Poe grants points, the
    newest first; `balance` tells what was left at an instant. Without either, budgets that follow those
    grants are not replayed, nor, without the second, balance rules.
    """

    interval: timedelta = FIVE_MINUTES
    start: datetime | None = None
    cycles: tuple[Cycle, ...] = ()
    balance: Callable[[datetime], PoeBalance | None] | None = None


USUAL = Conditions()
Ticked = Callable[[datetime], None]


def ignored(_: datetime) -> None:
    """Take no notice of a tick."""


def replay(
    config: Config,
    history: History,
    conditions: Conditions = USUAL,
    ticked: Ticked = ignored,
) -> Replay:
    """Replay a history through the function's own policy, tick by tick up to its end.

    The first tick finds the 30 days before it, as a new deployment does, as far as the history knows them;
    what they have passed counts as told by its welcome. `ticked` hears of each tick.
    """
    first = max(conditions.start or history.start, history.start)
    known_from = max(history.start, first - RETENTION)
    ledger = ReplayLedger(known_from, first, conditions.cycles, history.holes)
    account = Account(config, ledger)
    arriving = arrivals(history, known_from, costly_from(config))
    balance = conditions.balance or (lambda _: None)
    told: list[tuple[datetime, Alert]] = []
    now = first
    for now in ticks(first, history.end, conditions.interval):
        alerts = account.tick(now, arriving.until(now), balance(now))
        told += [(now, known) for alert in alerts if (known := _as_read(alert, known_from))]
        ticked(now)
    seen = Seen(
        config=config,
        ledger=ledger,
        span=(first, now),
        entries=history.entries,
        balanced=conditions.balance is not None,
    )
    curves = {budget.name: seen.curves(budget) for budget in config.budgets}
    sent = tuple(with_lead(seen, curves, *each) for each in told)
    return Replay(
        config=config,
        source=history.source,
        known_from=known_from,
        holes=history.holes,
        start=first,
        end=now,
        interval=conditions.interval,
        ticks=(now - first) // conditions.interval + 1,
        by_entry=history.entries is not None,
        sent=sent,
        rules=tuple(verdicts(seen, curves, sent)),
        days=tuple(
            (day, points)
            for day in windows_between(Day(), config.zone, known_from, now)
            if (points := ledger.series(None).points(day.start, day.end))
        ),
        curves=curves,
    )


def _as_read(alert: Alert, known_from: datetime) -> Alert | None:
    """Leave out what a digest says of a time before the history; None where nothing would be left.

    The function itself knows all of the 30 days before its first tick; a history may begin later.
    """
    if not isinstance(alert, DigestAlert):
        return alert
    digest = alert.digest
    if known_from <= digest.window.start - (digest.window.end - digest.window.start):
        return alert
    if digest.window.end <= known_from:
        return None
    complete = alert.complete and known_from <= digest.window.start
    return msgspec.structs.replace(
        alert, digest=msgspec.structs.replace(digest, before=None), complete=complete
    )


def ticks(first: datetime, end: datetime, interval: timedelta) -> Iterator[datetime]:
    """Give the instants of ticks from the first on, up to the end; the first in any case."""
    yield from (first + number * interval for number in range(max((end - first) // interval, 0) + 1))

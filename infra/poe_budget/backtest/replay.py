"""A config and a history -> what the function would have sent, tick by tick."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeAlias

import msgspec

from budget_alert.alerts import Alert, DigestAlert
from budget_alert.config.billing import Cycle
from budget_alert.config.schema import Config
from budget_alert.instants import MICROSECOND, SLOT, from_micros, to_micros
from budget_alert.ledger.reads import read_for
from budget_alert.rules.evaluate import evaluate
from budget_alert.rules.evaluation import evaluation_of
from budget_alert.rules.query import costly_from
from budget_alert.snoozes import Snoozes
from budget_alert.usage.entries import Entry, PoeBalance
from budget_alert.usage.slots import Slots
from budget_alert.usage.state import RETENTION
from budget_alert.usage.totals import Totals
from poe_budget.backtest.counted import ReplayLedger
from poe_budget.backtest.results import Replay
from poe_budget.past.history import History

FIVE_MINUTES = timedelta(minutes=5)
"""The default of the stack."""
SETTLE = timedelta(minutes=60)
"""The function's default."""
SLOT_MICROS = SLOT // MICROSECOND
Ticked: TypeAlias = Callable[[datetime], None]
Arrivals: TypeAlias = Callable[[datetime], Slots]
"""Gives the quarter hours that have changed since the last call, whole, oldest first; no call goes back."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """How the monitor runs in a replay, and what it knows besides the history.

    Its first tick stands at `start`, or where the history begins. `cycles` say when Poe grants points, the
    newest first; `balance` gives what was left at an instant. Without either, budgets that follow those
    grants are not replayed, nor, without the second, balance rules.
    """

    interval: timedelta = FIVE_MINUTES
    start: datetime | None = None
    cycles: tuple[Cycle, ...] = ()
    balance: Callable[[datetime], PoeBalance | None] | None = None


USUAL = Conditions()


def ignored(_: datetime) -> None:
    """Take no notice of a tick."""


def replay(
    config: Config, history: History, conditions: Conditions = USUAL, ticked: Ticked = ignored
) -> Replay:
    """Replay a history through the function's own policy, tick by tick up to its end.

    The first tick finds the 30 days before it, as a new deployment does, as far as the history knows them;
    what they have passed counts as sent by its welcome. `ticked` hears of each tick.
    """
    first = max(history.start, conditions.start or history.start)
    known_from = max(history.start, first - RETENTION)
    ledger = ReplayLedger(known_from, first, conditions.cycles, history.holes)
    arriving = arrivals(history, known_from, costly_from(config))
    balance = conditions.balance or (lambda _: None)
    made: list[tuple[datetime, Alert]] = []
    now = first
    for now in ticks(first, history.end, conditions.interval):
        ledger.record(now, now - SETTLE, arriving(now))
        alerts = _tick(config, ledger, now, balance(now), history.snoozes)
        made += [(now, known) for alert in alerts if (known := _as_read(alert, known_from))]
        ticked(now)
    return Replay(
        config=config,
        history=history,
        ledger=ledger,
        start=first,
        end=now,
        interval=conditions.interval,
        made=made,
        balanced=conditions.balance is not None,
    )


def _tick(
    config: Config, ledger: ReplayLedger, now: datetime, balance: PoeBalance | None, snoozes: Snoozes
) -> tuple[Alert, ...]:
    """Evaluate what was counted, in the order of the function's own tick; give what it sends."""
    asked = evaluation_of(config, ledger.memory, ledger.state, now, balance, snoozes)
    decision = evaluate(read_for(asked, ledger))
    ledger.apply(decision)
    return decision.alerts


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


def arrivals(history: History, since: datetime, costly: int | None) -> Arrivals:
    """Let a history arrive from the quarter hour `since` on; queries of `costly` points are kept by name.

    An entry shows from its creation on, its cost with it. Where only quarter hours are known, each shows as
    a whole once it is over.
    """
    if history.entries is not None:
        floor = to_micros(since)
        return _entries([entry for entry in history.entries if entry.created >= floor], costly)
    later = sorted(start for start in history.slots if start >= since)
    return _whole_slots({start: history.slots[start].naming(costly) for start in later})


def _entries(entries: Sequence[Entry], costly: int | None) -> Arrivals:
    seen = 0

    def until(now: datetime) -> Slots:
        nonlocal seen
        new = bisect_right(entries, to_micros(now), lo=seen, key=_created)
        if new == seen:
            return {}
        # The quarter hour of the oldest new entry may have been seen in part.
        first = bisect_left(entries, _slot(entries[seen]) * SLOT_MICROS, hi=seen, key=_created)
        seen = new
        slots = groupby(entries[first:new], key=_slot)
        return {
            from_micros(slot * SLOT_MICROS): Totals.of(list(rows), costly).bounded() for slot, rows in slots
        }

    return until


def _whole_slots(slots: Slots) -> Arrivals:
    starts, seen = list(slots), 0

    def until(now: datetime) -> Slots:
        nonlocal seen
        before, seen = seen, bisect_right(starts, now - SLOT, lo=seen)
        return {start: slots[start] for start in starts[before:seen]}

    return until


def _created(entry: Entry) -> int:
    return entry.created


def _slot(entry: Entry) -> int:
    return entry.created // SLOT_MICROS

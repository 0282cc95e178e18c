"""Lines of the function's log -> its ticks, and what went wrong in between."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from budget_alert.identity import ALONE
from budget_alert.messages.wording import clean, cut
from poe_budget.deployed.invoking import Alerts

TICK = "Tick"
WORRYING = ("WARNING", "ERROR", "CRITICAL")
LONGEST = 500
_UNSAID = ("timeout", "failure")
"""How a run may end without a word of the function or its runtime, as Lambda reports it."""
_KILLED = ("Runtime.ExitError", "Runtime.OutOfMemory")
"""Errors of which Lambda's report is the only word: the process was gone."""
_SAID_PLAINLY = ("Task timed out", "[ERROR]", "Runtime exited")
"""What Lambda and its runtime write where they do not write JSON."""


class Event(msgspec.Struct, frozen=True):
    """A line of the log, and when it was written."""

    at: datetime
    message: str


class LoggedBot(msgspec.Struct, frozen=True):
    """A bot, and what a tick has added to its points."""

    bot: str
    points: int


class LoggedTick(msgspec.Struct, frozen=True, kw_only=True):
    """One tick, as its line says, of one account, or of all together.

    `points` is what it added to the totals, `lag_minutes` how long before it everything was read last, `bots`
    the ones that spent most of what is new. `sent` and `pending` count alerts.
    """

    at: datetime
    account: str
    complete: bool
    pages: int
    entries: int
    points: int
    sent: int
    pending: int
    lag_minutes: int
    bots: tuple[LoggedBot, ...]


class Worry(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: the level as logged, and what was said."""

    at: datetime
    level: str
    words: str


class _Line(msgspec.Struct):
    """What a line of JSON may hold: Powertools', that of Lambda's runtime for Python, or Lambda's own."""

    message: Any = None
    level: str = ""
    channel: str = ""
    account: str = ""
    reason: str = ""
    error_type: str = msgspec.field(name="errorType", default="")
    error_message: str = msgspec.field(name="errorMessage", default="")
    type: str = ""
    record: dict[str, Any] = {}


class _Tick(msgspec.Struct):
    account: str
    complete: bool
    pages: int
    entries: int
    points: int
    alerts: Alerts
    lag_minutes: int
    bots: tuple[LoggedBot, ...] = ()


def read(events: Iterable[Event]) -> Iterator[LoggedTick | Worry]:
    """Give the ticks and the worries among lines of the log, in their order."""
    for event in events:
        if found := _read(event):
            yield found


def _read(event: Event) -> LoggedTick | Worry | None:
    try:
        line = msgspec.json.decode(event.message, type=_Line)
    except msgspec.DecodeError:
        return _plain(event)
    return _tick(event) if line.message == TICK else _worry(event, line)


def _tick(event: Event) -> LoggedTick | None:
    try:
        line = msgspec.json.decode(event.message, type=_Tick)
    except msgspec.DecodeError:
        return None
    return LoggedTick(
        at=event.at,
        account=line.account,
        complete=line.complete,
        pages=line.pages,
        entries=line.entries,
        points=line.points,
        sent=line.alerts.sent,
        pending=line.alerts.pending,
        lag_minutes=line.lag_minutes,
        bots=line.bots,
    )


def _worry(event: Event, line: _Line) -> Worry | None:
    status = line.record.get("status")
    if line.type == "platform.report" and status in _UNSAID:
        return _worded(event, "ERROR", f"the function was stopped ({status})")
    if line.type == "platform.report" and line.record.get("errorType") in _KILLED:
        return _worded(event, "ERROR", f"the function was stopped ({line.record['errorType']})")
    if line.level not in WORRYING:
        return None
    if line.error_type:
        return _worded(event, line.level, f"{line.error_type}: {line.error_message}")
    account = "" if line.account == ALONE else line.account
    about = ", ".join(filter(None, (line.channel, account)))
    whose = f" ({about})" if about else ""
    reason = f": {line.reason}" if line.reason else ""
    return _worded(event, line.level, f"{line.message}{whose}{reason}")


def _plain(event: Event) -> Worry | None:
    if any(words in event.message for words in _SAID_PLAINLY):
        return _worded(event, "ERROR", event.message)
    return None


def _worded(event: Event, level: str, words: str) -> Worry:
    return Worry(at=event.at, level=level, words=cut(clean(words), LONGEST))

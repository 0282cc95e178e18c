"""`poe-budget logs`: the last ticks of a deployed stack, and what went wrong in between."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec

from budget_alert.identity import ALONE
from budget_alert.instants import DAY, EPOCH
from budget_alert.messages.wording import clean, cut, name, number
from poe_budget import stack as stacks
from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, of_account, of_stack
from poe_budget.function import Tick
from poe_budget.output import progress, say, say_json
from poe_budget.stack import aws

LOOKS_BACK = (DAY / 8, DAY, 7 * DAY, 31 * DAY, 400 * DAY)
"""How far to look, one after the other."""
AHEAD = DAY
"""So much AWS's clock may be ahead of ours."""
_MILLISECOND = timedelta(milliseconds=1)
TICK = "Tick"
WORRYING = ("WARNING", "ERROR", "CRITICAL")
LONGEST = 500
_UNSAID = ("timeout", "failure")
"""How a run may end without a word of the function or its runtime, as Lambda reports it."""
_KILLED = ("Runtime.ExitError", "Runtime.OutOfMemory")
"""Errors of which Lambda's report is the only word: the process was gone."""
_SAID_PLAINLY = ("Task timed out", "[ERROR]", "Runtime exited")
"""What Lambda and its runtime write where they do not write JSON."""
MOST_BOTS = 3
LONGEST_BOT = 30
LONGEST_ACCOUNT = 20
HEADER = ("When (UTC)", "whole", "pages", "entries", "points", "sent", "waiting", "lag")
WIDTHS = (18, 5, 5, 7, 11, 4, 7, 7)


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


class _Tick(Tick, frozen=True, kw_only=True):
    lag_minutes: int
    bots: tuple[LoggedBot, ...] = ()


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """What `logs --json` prints: ticks of a stack, and what went wrong meanwhile, each oldest first."""

    stack: str
    ticks: tuple[LoggedTick, ...]
    worries: tuple[Worry, ...]


@click.command(cls=Command, example="poe-budget logs --stack poe-budget --last 50")
@of_stack
@click.option(
    "--last", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Show so many ticks."
)
@of_account
@as_json
def command(*, stack: str, last: int, account: str | None, as_json: bool) -> int:
    """Show the last ticks of a deployed stack.

    Each line is a tick: whether everything was read, what was new, how many alerts were sent and still wait,
    how long before it everything was read last, and the bots that spent most. In between stands what went
    wrong. Where there are several accounts, the line says whose tick it is.
    """
    with progress("Reading the log"):
        deployed = stacks.found(stack)
        found = newest(
            deployed.client("logs"), deployed.output("LogGroupName"), datetime.now(UTC), last, account
        )
    if as_json:
        ticks = tuple(each for each in found if isinstance(each, LoggedTick))
        worries = tuple(each for each in found if isinstance(each, Worry))
        say_json(Logged(stack=stack, ticks=ticks, worries=worries))
    else:
        for line in _lines(found):
            say(line)
    return 0


def newest(
    client: Any,  # noqa: ANN401 - boto3's own
    group: str,
    now: datetime,
    ticks: int,
    account: str | None = None,
) -> list[LoggedTick | Worry]:
    """Give the last so many ticks of a log group, oldest first, and what went wrong since the first of them.

    Where there are fewer, it is everything that the log still holds. With `account` they are its own ticks
    only. Raises OpsError.
    """
    found: list[LoggedTick | Worry] = []
    until = now + AHEAD
    for back in LOOKS_BACK:
        lines = read(_events(client, group, now - back, until))
        found = [*(line for line in lines if _is_about(line, account)), *found]
        until = now - back
        places = [place for place, each in enumerate(found) if isinstance(each, LoggedTick)]
        if len(places) >= ticks:
            return found[places[-ticks] :]
    return found


def _is_about(line: LoggedTick | Worry, account: str | None) -> bool:
    return account is None or not isinstance(line, LoggedTick) or line.account == account


def _events(client: Any, group: str, since: datetime, until: datetime) -> Iterator[Event]:  # noqa: ANN401 - as above
    """Give the lines of [since, until), oldest first."""
    span = {"startTime": _millis(since), "endTime": _millis(until) - 1}
    with aws("read the log"):
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, **span)
        lines = [line for page in pages for line in page["events"]]
    for line in sorted(lines, key=lambda line: int(line["timestamp"])):
        yield Event(EPOCH + line["timestamp"] * _MILLISECOND, line["message"])


def _millis(instant: datetime) -> int:
    return (instant - EPOCH) // _MILLISECOND


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


def _lines(found: list[LoggedTick | Worry]) -> Iterator[str]:
    if not found:
        yield "The log holds no tick."
        return
    whose = {each.account for each in found if isinstance(each, LoggedTick)}
    several = len(whose) > 1
    yield _row(HEADER) + ("  account, top bots" if several else "  top bots")
    for each in found:
        if isinstance(each, LoggedTick):
            account = f"{name(each.account, LONGEST_ACCOUNT)}: " if several else ""
            yield f"{_row(_cells(each))}  {account}{_bots(each)}".rstrip()
        else:
            yield f"{_when(each.at)}  {each.level}: {each.words}"


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = (f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))
    return "  ".join([f"{first.strip():<{WIDTHS[0]}}", *rest])


def _cells(tick: LoggedTick) -> tuple[str, ...]:
    return (
        _when(tick.at),
        "yes" if tick.complete else "no",
        number(tick.pages),
        number(tick.entries),
        number(tick.points),
        number(tick.sent),
        number(tick.pending),
        f"{number(tick.lag_minutes)} min",
    )


def _when(at: datetime) -> str:
    return f"{at.day:2} {at:%b %H:%M:%S}"


def _bots(tick: LoggedTick) -> str:
    shown = [f"{name(one.bot, LONGEST_BOT)} {number(one.points)}" for one in tick.bots[:MOST_BOTS]]
    rest = len(tick.bots) - len(shown)
    return ", ".join([*shown, f"{rest} more"] if rest else shown)

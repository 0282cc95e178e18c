"""`poe-budget logs`: the last ticks of a deployed stack, and what went wrong in between."""

from collections.abc import Iterator
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
from poe_budget.output import progress, say_report
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
WIDTHS = (5, 5, 7, 11, 4, 7, 7)


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
        found = newest(deployed.client("logs"), deployed.output("LogGroupName"), last, account)
    ticks = tuple(each for each in found if isinstance(each, LoggedTick))
    worries = tuple(each for each in found if isinstance(each, Worry))
    say_report(Logged(stack=stack, ticks=ticks, worries=worries), _lines(found), as_json=as_json)
    return 0


def newest(client: Any, group: str, ticks: int, account: str | None = None) -> list[LoggedTick | Worry]:  # noqa: ANN401
    """Give the last so many ticks of a log group, oldest first, and what went wrong since the first of them.

    Where there are fewer, it is everything that the log still holds. With `account` they are its own ticks
    only. Raises OpsError.
    """
    found: list[LoggedTick | Worry] = []
    now = datetime.now(UTC)
    until = now + AHEAD
    for back in LOOKS_BACK:
        span = {
            "startTime": (now - back - EPOCH) // _MILLISECOND,
            "endTime": (until - EPOCH) // _MILLISECOND - 1,
        }
        with aws("read the log"):
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, **span)
            events = [event for page in pages for event in page["events"]]
        events.sort(key=lambda event: int(event["timestamp"]))
        lines = [read(EPOCH + event["timestamp"] * _MILLISECOND, event["message"]) for event in events]
        found = [*(line for line in lines if line and _is_about(line, account)), *found]
        until = now - back
        places = [place for place, each in enumerate(found) if isinstance(each, LoggedTick)]
        if len(places) >= ticks:
            return found[places[-ticks] :]
    return found


def _is_about(line: LoggedTick | Worry, account: str | None) -> bool:
    return account is None or not isinstance(line, LoggedTick) or line.account == account


def read(at: datetime, message: str) -> LoggedTick | Worry | None:
    """Give the tick, or what went wrong, that a line of the log written at that time tells of."""
    try:
        line = msgspec.json.decode(message, type=_Line)
    except msgspec.DecodeError:
        said = message if any(words in message for words in _SAID_PLAINLY) else ""
        return _worry(at, "ERROR", said)
    if line.message == TICK:
        return _tick(at, message)
    status, killed = line.record.get("status"), line.record.get("errorType")
    if line.type == "platform.report" and (status in _UNSAID or killed in _KILLED):
        return _worry(at, "ERROR", f"the function was stopped ({status if status in _UNSAID else killed})")
    if line.level not in WORRYING:
        return None
    if line.error_type:
        return _worry(at, line.level, f"{line.error_type}: {line.error_message}")
    about = ", ".join(filter(None, (line.channel, "" if line.account == ALONE else line.account)))
    whose = f" ({about})" if about else ""
    return _worry(at, line.level, f"{line.message}{whose}{f': {line.reason}' if line.reason else ''}")


def _tick(at: datetime, message: str) -> LoggedTick | None:
    try:
        said = msgspec.json.decode(message, type=dict[str, Any])
        return msgspec.convert({"bots": (), **said, **said["alerts"], "at": at}, LoggedTick)
    except (KeyError, TypeError, msgspec.ValidationError):
        return None


def _worry(at: datetime, level: str, words: str) -> Worry | None:
    return Worry(at=at, level=level, words=cut(clean(words), LONGEST)) if words else None


def _lines(found: list[LoggedTick | Worry]) -> Iterator[str]:
    if not found:
        yield "The log holds no tick."
        return
    several = len({each.account for each in found if isinstance(each, LoggedTick)}) > 1
    yield _row(*HEADER) + ("  account, top bots" if several else "  top bots")
    for each in found:
        when = f"{each.at.day:2} {each.at:%b %H:%M:%S}"
        if isinstance(each, Worry):
            yield f"{when}  {each.level}: {each.words}"
            continue
        numbers = map(number, (each.pages, each.entries, each.points, each.sent, each.pending))
        row = _row(when, "yes" if each.complete else "no", *numbers, f"{number(each.lag_minutes)} min")
        account = f"{name(each.account, LONGEST_ACCOUNT)}: " if several else ""
        yield f"{row}  {account}{_bots(each)}".rstrip()


def _row(when: str, *cells: str) -> str:
    return "  ".join(
        [f"{when:<18}", *(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))]
    )


def _bots(tick: LoggedTick) -> str:
    shown = [f"{name(one.bot, LONGEST_BOT)} {number(one.points)}" for one in tick.bots[:MOST_BOTS]]
    rest = len(tick.bots) - len(shown)
    return ", ".join([*shown, f"{rest} more"] if rest else shown)

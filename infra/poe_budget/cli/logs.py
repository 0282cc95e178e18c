"""`poe-budget logs`: the last ticks of a deployed stack."""

from collections.abc import Iterator
from datetime import UTC, datetime

import click
import msgspec

from budget_alert.messages.wording import name, number
from poe_budget.cli.command import Command
from poe_budget.cli.options import as_json, of_account
from poe_budget.cli.output import progress, say, say_json
from poe_budget.cli.stacked import of_stack
from poe_budget.deployed.logged import LoggedTick, Worry

MOST_BOTS = 3
LONGEST_BOT = 30
LONGEST_ACCOUNT = 20
HEADER = ("When (UTC)", "whole", "pages", "entries", "points", "sent", "waiting", "lag")
WIDTHS = (18, 5, 5, 7, 11, 4, 7, 7)


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
    # AWS's client takes long to load: not while a shell completes.
    from poe_budget.deployed.log import last_of  # noqa: PLC0415 - see above

    with progress("Reading the log"):
        found = last_of(stack, datetime.now(UTC), last, account)
    if as_json:
        ticks = tuple(each for each in found if isinstance(each, LoggedTick))
        worries = tuple(each for each in found if isinstance(each, Worry))
        say_json(Logged(stack=stack, ticks=ticks, worries=worries))
    else:
        for line in _lines(found):
            say(line)
    return 0


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

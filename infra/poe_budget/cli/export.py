"""`poe-budget export`: usage by day, bot, type and key, for a spreadsheet or a program."""

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path
from unicodedata import category
from zoneinfo import ZoneInfo

import click
import msgspec

from budget_alert.messages.wording import clean
from budget_alert.usage.totals import Amount
from poe_budget.cli.command import Command
from poe_budget.cli.files import give
from poe_budget.cli.options import Source, as_json, output, sources, zone_option
from poe_budget.errors import OpsError
from poe_budget.output import json_of, notes
from poe_budget.past.history import History
from poe_budget.snapshot import seen

BY = ("day", "bot", "type", "key")
"""What usage can be listed by."""
NUMBERS = ("points", "queries", "usd", "unpriced_points")
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What begins a formula, also in full width: https://owasp.org/www-community/attacks/CSV_Injection.

The tabulator and the line breaks that are named there as well are replaced beforehand.
"""
_REPLACED = "\N{REPLACEMENT CHARACTER}"


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """The usage of one day, bot, type and key; None for what it is not listed by, "" for no API key.

    `day` is a date such as 2026-11-22. `usd` is the dollars that Poe's rows named, `unpriced_points` the
    points of those that named none.
    """

    day: str | None
    bot: str | None
    type: str | None
    key: str | None
    points: int
    queries: int
    usd: float
    unpriced_points: int


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What `export --json` prints: the usage from `start` to `end`, listed `by` some of BY."""

    source: str
    start: datetime
    end: datetime
    timezone: str
    by: tuple[str, ...]
    rows: tuple[Sum, ...]


def _columns(value: str) -> tuple[str, ...]:
    """Take some of BY, with commas between, in any order; they are printed in that of BY."""
    given = value.split(",")
    if unknown := sorted(set(given) - set(BY)):
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(BY)}")
    return tuple(each for each in BY if each in given)


@click.command(cls=Command, example="poe-budget export --by day,bot --zone Europe/London > usage.csv")
@sources
@click.option(
    "--by",
    type=_columns,
    metavar="COLUMNS",
    default=",".join(BY),
    show_default=True,
    help="What to list usage by.",
)
@zone_option(help="Where days begin at midnight: a stack's own zone by default, otherwise UTC.")
@output
@as_json
def command(
    *,
    source: Source,
    by: tuple[str, ...],
    zone: str | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Give usage by day, bot, type and key, for a spreadsheet.

    It is CSV, with a line for each day, bot, usage type and API key: points, queries, the dollars that Poe's
    rows named, and the points of those that named none. The first day and the last may not be whole.
    """
    source.check_account()
    history = source.history()
    zone = zone or _zone(source.stack if "day" in by else None, source.account)
    rows = tuple(_sums(history, by, ZoneInfo(zone)))
    if as_json:
        exported = Exported(
            source=history.source, start=history.start, end=history.end, timezone=zone, by=by, rows=rows
        )
        give(json_of(exported), output)
    else:
        header = (*by, *NUMBERS)
        give(_sheet(header, ([getattr(row, name) for name in header] for row in rows)), output)
    return 0


def _zone(stack: str | None, account: str | None) -> str:
    if stack is None:
        return "UTC"
    try:
        return seen(stack, account).in_force.zone
    except OpsError as error:
        notes([f"the stack's time zone is not known, so days are those of UTC: {clean(str(error))}"])
        return "UTC"


def _sums(history: History, by: Collection[str], zone: ZoneInfo) -> Iterator[Sum]:
    """Add a history up by some of BY, in their order; days are those of `zone`."""
    spent: dict[tuple[str | None, ...], Amount] = {}
    for slot, totals in history.slots.items():
        # No quarter hour lies in two days: the offset of every zone is a multiple of one.
        day = slot.astimezone(zone).date().isoformat()
        for part, amount in totals.items():
            dimensions = {"day": day, "bot": part.bot, "type": part.usage_type, "key": part.api_key}
            group = tuple(value if name in by else None for name, value in dimensions.items())
            spent[group] = spent[group] + amount if group in spent else amount
    for group in sorted(spent, key=lambda group: tuple(each or "" for each in group)):
        amount = spent[group]
        yield Sum(
            **dict(zip(BY, group, strict=True)),
            points=amount.points,
            queries=amount.queries,
            usd=amount.usd_micros / 1_000_000,
            unpriced_points=amount.unpriced,
        )


def _sheet(header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> str:
    """Give CSV in which no name can become a formula: texts are quoted, without control characters."""
    made = StringIO()
    writer = csv.writer(made, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return made.getvalue().removesuffix("\n")


def _cell(value: str | float) -> str | int | float:
    if not isinstance(value, str):
        return value
    text = "".join(_REPLACED if category(each) in ("Cc", "Cs") else each for each in value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text

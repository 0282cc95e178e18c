"""`poe-budget export`: usage by day, bot, type and key, for a spreadsheet or a program."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from budget_alert.messages.wording import clean
from poe_budget.cli.command import Command
from poe_budget.cli.files import give
from poe_budget.cli.options import Zone, as_json, history_from, of_a_stack, output, sources
from poe_budget.cli.sheet import sheet
from poe_budget.errors import OpsError
from poe_budget.output import json_of, notes
from poe_budget.past.sums import BY, Sum, sums

NUMBERS = ("points", "queries", "usd", "unpriced_points")


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What `export --json` prints: the usage from `start` to `end`, told apart `by` some of BY."""

    source: str
    start: datetime
    end: datetime
    timezone: str
    by: tuple[str, ...]
    rows: tuple[Sum, ...]


class By(click.ParamType[tuple[str, ...]]):
    """Some of BY, with commas between."""

    name = "columns"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Take columns in any order; they are printed in that of BY."""
        given = value.split(",") if isinstance(value, str) else value
        unknown = sorted(set(given) - set(BY))
        if unknown:
            self.fail(f"{unknown[0]!r} is none of {', '.join(BY)}", param, ctx)
        return tuple(each for each in BY if each in given)


@click.command(cls=Command, example="poe-budget export --by day,bot --zone Europe/London > usage.csv")
@sources
@click.option("--by", type=By(), default=",".join(BY), show_default=True, help="What to tell usage apart by.")
@click.option(
    "--zone", type=Zone(), help="Where days begin at midnight: a stack's own zone by default, otherwise UTC."
)
@output
@as_json
def command(  # noqa: PLR0913 - one for each option
    *,
    file: Path | None,
    stack: str | None,
    account: str | None,
    by: tuple[str, ...],
    zone: str | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Give usage by day, bot, type and key, for a spreadsheet.

    It is CSV, with a line for each day, bot, usage type and API key: points, queries, the dollars that Poe's
    rows named, and the points of those that named none. The first day and the last may not be whole.
    """
    history = history_from(file, stack, of_a_stack(account, stack))
    zone = zone or _zone(stack if "day" in by else None, account)
    rows = tuple(sums(history, by, ZoneInfo(zone)))
    if as_json:
        exported = Exported(
            source=history.source, start=history.start, end=history.end, timezone=zone, by=by, rows=rows
        )
        give(json_of(exported), output)
    else:
        header = (*by, *NUMBERS)
        lines = sheet(header, ([getattr(row, name) for name in header] for row in rows))
        give(lines.rstrip("\n"), output)
    return 0


def _zone(stack: str | None, account: str | None) -> str:
    if stack is None:
        return "UTC"
    # AWS's client takes long to load, and is not needed without a stack.
    from poe_budget.snapshot import seen  # noqa: PLC0415 - see above

    try:
        config = seen(stack, account).in_force.config
    except OpsError as error:
        notes([f"the stack's time zone is not known, so days are those of UTC: {clean(str(error))}"])
        return "UTC"
    return config.timezone if config else "UTC"

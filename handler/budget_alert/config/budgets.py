"""Config text -> Config, or every mistake at once."""

import re
import tomllib
from decimal import Decimal

from budget_alert.config import values
from budget_alert.config.budget_table import KEYS, read_budget
from budget_alert.config.rules import Budget, Config, Filter, Level
from budget_alert.config.spelling import shown
from budget_alert.config.tables import Mistakes, Table
from budget_alert.errors import ConfigError

__all__ = ["MOST_BYTES", "Budget", "Config", "Filter", "Level", "parse"]

MOST_BYTES = 8192
"""What an advanced parameter of AWS Systems Manager holds."""

_TOP_KEYS = ("timezone", "usd_per_million_points", "budget")
_NOT_YET = "is not supported yet by this version; remove it"
_LATER = dict.fromkeys(("forecast_at", "spike", "query", "balance", "digest"), _NOT_YET)
_BELOW = dict.fromkeys(KEYS, "belongs to a budget; move it below a line [[budget]]")
_ABOVE = dict.fromkeys(_TOP_KEYS[:2], "belongs to the whole config; move it above the first [[budget]]")


def parse(text: str) -> Config:
    """Turn the text of a config, TOML of at most 8,192 bytes, into a Config.

    Raises ConfigError with every mistake, a sentence each: where it is (`budget[2].period`, counted
    from 1, and the budget's name), what is wrong and what would be right. Of text that is not TOML, it
    is the first line that cannot be read.
    """
    mistakes = Mistakes()
    top = Table(_toml(text), mistakes)
    top.only(_TOP_KEYS, _LATER | _BELOW)
    timezone = top.read("timezone", values.time_zone, "UTC")
    dollars = top.read("usd_per_million_points", values.dollars, None)
    budgets = _budgets(top, timezone)
    mistakes.raise_any()
    return Config(timezone=timezone, usd_per_million_points=dollars, budgets=budgets)


def _budgets(top: Table, timezone: str) -> tuple[Budget, ...]:
    budgets = []
    taken: set[str] = set()
    for table in top.tables("budget"):
        table.only(KEYS, _LATER | _ABOVE)
        _check_name(table, taken)
        budgets.append(read_budget(table, timezone))
    return tuple(budget for budget in budgets if budget is not None)


def _check_name(table: Table, taken: set[str]) -> None:
    name = table.get("name")
    folded = name.strip().casefold() if isinstance(name, str) else ""
    if folded in taken:
        table.mistake("name", "an earlier budget has this name, in this or another case; write another")
    taken.update({folded} if folded else ())


def _toml(text: str) -> dict[str, object]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise ConfigError(f"config: has {size:,} bytes; shorten it to at most {MOST_BYTES:,}")
    try:
        text.encode("utf-8")
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except UnicodeEncodeError:
        raise ConfigError("config: holds halves of characters; save it again as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_unreadable(str(error), text)) from None
    except (ValueError, ArithmeticError, RecursionError):
        what = "holds a number too long, or brackets too deep, to be read"
        raise ConfigError(f"config: {what}; write shorter numbers and plain lists") from None


def _unreadable(reason: str, text: str) -> str:
    what, _, where = reason.rpartition(" (at ")
    line = re.search(r"line ([0-9]+)", where)
    number = line[1] if line else max(1, len(text.splitlines()))
    advice = "write each key once, on a line of its own, as `key = value`, with text in double quotes"
    return f"line {number}: cannot be read as TOML ({shown(what)}); {advice}"

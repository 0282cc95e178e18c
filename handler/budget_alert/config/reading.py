"""Config text -> Config, or every mistake at once."""

import re
import tomllib
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TypeVar

from budget_alert.config import values
from budget_alert.config.budget_table import read_budget
from budget_alert.config.digest_table import read_digest
from budget_alert.config.layout import KEYS, RULES, TOP_KEYS, elsewhere
from budget_alert.config.patterns import folded
from budget_alert.config.rule_tables import read_balance, read_query, read_spike
from budget_alert.config.schema import Config, DigestRule
from budget_alert.config.spelling import shown
from budget_alert.config.tables import Mistakes, Table
from budget_alert.config.zones import time_zone
from budget_alert.errors import ConfigError

MOST_BYTES = 8192
"""What an advanced parameter of AWS Systems Manager holds."""

T = TypeVar("T")

_NO_RULE = (
    "has no rule; write at least one, for example a line [[budget]] and, each on a line of its own below it, "
    'name = "Everything", points = 1_000_000 and period = "month"'
)


def parse(text: str, *, doubts: bool = True) -> Config:
    """Turn the text of a config, TOML of at most 8,192 bytes, into a Config.

    Raises ConfigError with every mistake, a sentence each: where it is (`budget[2].period`, counted
    from 1, and the budget's name), what is wrong and what would be right. Of text that is not TOML, it
    is the first line that cannot be read.

    Without `doubts`, what a person hardly meant is taken at its word.
    """
    mistakes = Mistakes(doubts=doubts)
    config = _config(Table(_toml(text), mistakes), mistakes)
    mistakes.raise_any()
    return config


def _config(top: Table, mistakes: Mistakes) -> Config:
    top.only(TOP_KEYS, elsewhere())
    if not any(top.given(kind) for kind in (*RULES, "digest")):
        mistakes.add("config", _NO_RULE)
    timezone = top.read("timezone", time_zone, "UTC")
    taken: dict[str, str] = {}
    return Config(
        timezone=timezone,
        usd_per_million_points=top.read("usd_per_million_points", values.dollars, None),
        budgets=_rules(top, "budget", partial(read_budget, timezone=timezone), taken),
        spikes=_rules(top, "spike", read_spike, taken),
        queries=_rules(top, "query", read_query, taken),
        balances=_rules(top, "balance", read_balance, taken),
        digest=_digest(top, timezone),
    )


def _rules(
    top: Table, kind: str, reader: Callable[[Table], T | None], taken: dict[str, str]
) -> tuple[T, ...]:
    rules = []
    for table in top.tables(kind):
        table.only(KEYS[kind], elsewhere(kind))
        _check_name(table, taken)
        rules.append(reader(table))
    return tuple(rule for rule in rules if rule is not None)


def _check_name(table: Table, taken: dict[str, str]) -> None:
    """Take note of a name that a rule of any kind has already; `taken` says which, by folded name."""
    name = table.get("name")
    same = folded if table.doubts else str.casefold
    alike = same(name.strip()) if isinstance(name, str) else ""
    if alike in taken:
        table.mistake("name", f"{taken[alike]} has this name too, in this or another case; write another")
    elif alike:
        taken[alike] = table.place


def _digest(top: Table, timezone: str) -> DigestRule | None:
    table = top.table("digest")
    if table is None:
        return None
    table.only(KEYS["digest"], elsewhere("digest"))
    return read_digest(table, timezone)


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

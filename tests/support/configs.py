"""Configs for tests to spoil, and what is then said about them."""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import pytest
from jsonschema import Draft7Validator

from budget_alert.config.reading import parse
from budget_alert.config.schema import Config
from budget_alert.errors import ConfigError
from tests.support.tools import ROOT

GOOD = '[[budget]]\nname = "A"\npoints = 1_000\nperiod = "month"\n'
SPIKE = '[[spike]]\nname = "S"\nwindow = "1h"\nat_least = 20_000\n'
QUERY = '[[query]]\nname = "Q"\npoints = 50_000\n'
BALANCE = '[[balance]]\nname = "B"\nbelow = 100_000\n'
DIGEST = '[digest]\nevery = "week"\n'
TABLES = {"budget": GOOD, "spike": SPIKE, "query": QUERY, "balance": BALANCE, "digest": DIGEST}
"""A good config of each kind of table, alone."""
_EDITOR = Draft7Validator(json.loads((ROOT / "infra" / "budgets.schema.json").read_text("utf-8")))
_PART = re.compile(r"^(?:<(\w+)> ?)?((?:-\w+ ?)*)(.*)$", re.DOTALL)


def toml(value: object) -> str:
    """Spell a value as TOML, tables inline."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:_}" if isinstance(value, int) else str(value)


def table(kind: str, **keys: object) -> str:
    """Spell a table of a config, without the keys that have no value."""
    head = "[digest]" if kind == "digest" else f"[[{kind}]]"
    return "\n".join(
        [head, *(f"{key} = {toml(keys[key])}" for key in keys if keys[key] not in (None, ())), ""]
    )


def outcome(text: str) -> Config | ConfigError:
    """Give the config, or the error that says what is wrong with it."""
    try:
        return parse(text)
    except ConfigError as error:
        return error


def mistakes(text: str) -> tuple[str, ...]:
    """Give the mistakes of a config that has some."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.mistakes


def without(key: str, text: str = GOOD) -> str:
    """Give a config, the good one unless another is given, without the lines of a key."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(key))


def spelled(line: str) -> str:
    """Give the config that one line stands for, as the head of unit/config/mistakes.txt says."""
    written: list[str] = []
    table: list[str] = []
    for part in line.split(" // "):
        ((kind, minus, change),) = _PART.findall(part)
        if kind:
            written += table
            table = TABLES[kind].splitlines()
        dropped = {*re.findall(r"\w+", minus), change.partition(" = ")[0]}
        kept = [each for each in table if each.partition(" = ")[0] not in dropped] if table else []
        table = [*kept, *([change] if change else [])]
    return "\n".join([*written, *table])


def takes(text: str) -> bool:
    """Tell whether an editor finds nothing wrong with a config by its schema."""
    return not list(_EDITOR.iter_errors(_plain(tomllib.loads(text))))


def _plain(value: Any) -> Any:
    """Give what TOML holds as editors check it: dates and times as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value

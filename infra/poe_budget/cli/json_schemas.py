"""What programs and editors read, as JSON Schemas: what commands print with `--json`, and the config.

`python -m poe_budget.cli.json_schemas` writes both anew, beside the example config.
"""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from fractions import Fraction
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from budget_alert.config.keys import Key, Tables, fields
from budget_alert.config.kinds import WEEKDAY, Beside
from budget_alert.config.schema import Config, Threshold
from poe_budget.backtest.report import Backtest
from poe_budget.cli.check import Checked
from poe_budget.cli.diff import Diff
from poe_budget.cli.doctor import Diagnosis
from poe_budget.cli.explain import Explained
from poe_budget.cli.export import Exported
from poe_budget.cli.logs import Logged
from poe_budget.cli.preview import Preview
from poe_budget.cli.push import Pushed
from poe_budget.cli.save import Saved
from poe_budget.cli.snooze import SilentRules
from poe_budget.cli.status import Status
from poe_budget.cli.suggest import Suggested
from poe_budget.cli.test_alert import Trial
from poe_budget.function import Tick

FOLDER = Path(__file__).parents[2]
REPORTS: dict[str, type[msgspec.Struct]] = {
    "check": Checked,
    "backtest": Backtest,
    "suggest": Suggested,
    "save": Saved,
    "export": Exported,
    "preview": Preview,
    "status": Status,
    "explain": Explained,
    "diff": Diff,
    "push": Pushed,
    "rollback": Pushed,
    "snooze": SilentRules,
    "test-alert": Trial,
    "tick": Tick,
    "logs": Logged,
    "doctor": Diagnosis,
}


def schemas() -> dict[str, str]:
    """Give the schemas' texts by the names of their files."""
    return {"poe-budget.schema.json": _text(_reports()), "budgets.schema.json": _text(_config())}


def _text(schema: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode() + "\n"


def _reports() -> Mapping[str, Any]:
    """Give one alternative for each command, named after it."""
    references, parts = msgspec.json.schema_components(REPORTS.values(), ref_template="#/$defs/{name}")
    for part in parts.values():
        # Python 3.13 takes the indentation off itself.
        part["description"] = cleandoc(part["description"])
    commands = [
        {"title": f"poe-budget {command} --json", **reference}
        for command, reference in zip(REPORTS, references, strict=True)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What the commands of poe-budget print with --json",
        "anyOf": commands,
        "$defs": dict(sorted(parts.items())),
    }


def _config() -> Mapping[str, Any]:
    """Give what editors complete and check by; what goes ill together, only `poe-budget check` finds."""
    title = "The config of poe-budget: budgets.toml"
    # Editors of TOML know no later draft.
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": title, **_table(Config)}


def _table(rule: type[msgspec.Struct]) -> dict[str, Any]:
    defaults = {field.name: field.default for field in msgspec.structs.fields(rule)}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field in fields(rule):
        if field.group:
            properties |= _table(field.group)["properties"]
        for part in field.parts:
            name = part.name or field.name
            properties[name] = _tables(part) if isinstance(part, Tables) else _key(part, defaults[field.name])
            required += [name] if field.needs(part) else []
    table = {"type": "object", "additionalProperties": False, "properties": properties}
    return table | ({"required": required} if required else {})


def _tables(tables: Tables) -> dict[str, Any]:
    table = {"description": tables.about, **_table(tables.rule)}
    return table if tables.single else {"type": "array", "minItems": 1, "items": table}


def _key(key: Key, default: object) -> dict[str, Any]:
    value = {"type": "array", "minItems": 1, "items": key.kind.schema} if key.each else key.kind.schema
    usual = key.usual(Beside({})) if key.usual else default
    has_default = not key.name and usual not in (msgspec.NODEFAULT, None, ())
    example = _spelled(key.example, key)
    return {
        **value,
        "description": key.about,
        **({"default": _spelled(usual, key)} if has_default else {}),
        "examples": [[example] if key.each else example],
    }


def _spelled(value: object, key: Key) -> object:
    """Spell a value as a config does."""
    if isinstance(value, tuple):
        return [_spelled(each, key) for each in value]
    if isinstance(value, Threshold):
        return value.text
    if isinstance(value, Fraction):
        return f"{float(value * 100):g}%"
    if isinstance(value, Decimal):
        return float(value) if value % 1 else int(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return tuple(key.kind.choices)[value] if key.kind == WEEKDAY and isinstance(value, int) else value


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")

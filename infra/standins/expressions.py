"""DynamoDB's expressions, as far as the ledger writes them; anything else raises NotImplementedError."""

import re
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]

_CLAUSE = re.compile(r"attribute_(not_)?exists\((\w+)\)|(\w+) (=|<=) (:\w+)")
_SET = re.compile(r"(\w+) = (:\w+)")
_ADD = re.compile(r"ADD (\w+) (:\w+)")


def holds(condition: str, stored: Item, values: Item) -> bool:
    """Tell whether a condition holds for a stored item; an empty one stands for none."""
    clauses = [_clause(clause, stored, values) for clause in condition.split(" OR ")]
    return any(clauses)


def updated(expression: str, stored: Item, values: Item) -> dict[str, Any]:
    """Give the item that an update leaves behind."""
    if found := _ADD.fullmatch(expression):
        name, value = found.groups()
        known = stored.get(name, {}).get("SS", ())
        return {**stored, name: {"SS": sorted({*known, *values[value]["SS"]})}}
    parts = [_SET.fullmatch(part) for part in expression.removeprefix("SET ").split(", ")]
    if not expression.startswith("SET ") or None in parts:
        raise NotImplementedError(expression)
    return {**stored, **{part[1]: values[part[2]] for part in parts if part}}


def _clause(clause: str, stored: Item, values: Item) -> bool:
    found = _CLAUSE.fullmatch(clause)
    if not found:
        raise NotImplementedError(clause)
    none, exists, name, sign, value = found.groups()
    if exists:
        return (exists in stored) is not bool(none)
    if name not in stored:
        return False
    (kind, known), (wanted_kind, wanted) = (next(iter(one.items())) for one in (stored[name], values[value]))
    if kind != wanted_kind:
        return False
    if kind == "N":
        known, wanted = int(known), int(wanted)
    return bool(known == wanted if sign == "=" else known <= wanted)

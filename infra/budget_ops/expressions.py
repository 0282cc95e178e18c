"""DynamoDB's expressions, as far as the ledger writes them; anything else raises NotImplementedError."""

import re
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]

_CLAUSE = re.compile(r"attribute_(not_)?exists\((\w+)\)|(\w+) (=|<=) (:\w+)")
_SET = re.compile(r"(\w+) = (:\w+)")
_ADD = re.compile(r"(\w+) (:\w+)")


def holds(condition: str, stored: Item, values: Item) -> bool:
    """Tell whether a condition holds for a stored item; an empty one stands for none."""
    clauses = [_clause(clause, stored, values) for clause in condition.split(" OR ")]
    return any(clauses)


def updated(expression: str, stored: Item, values: Item) -> dict[str, Any]:
    """Give the item that an update leaves behind."""
    action, _, rest = expression.partition(" ")
    pattern = {"ADD": _ADD, "SET": _SET}.get(action)
    parts = [pattern.fullmatch(part) for part in rest.split(", ")] if pattern else [None]
    if None in parts:
        raise NotImplementedError(expression)
    given = {part[1]: values[part[2]] for part in parts if part}
    return {
        **stored,
        **({name: _joined(stored, name, new) for name, new in given.items()} if action == "ADD" else given),
    }


def _joined(stored: Item, name: str, new: Item) -> Item:
    known = stored.get(name, {}).get("SS", ())
    return {"SS": sorted({*known, *new["SS"]})}


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

"""The lines of a config that its mistakes are on."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping

from budget_alert.config.spelling import shown

_BARE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SYNTAX = re.compile(r"line ([0-9]+): ")


def placed(mistakes: Iterable[str], text: str) -> list[tuple[int | None, str]]:
    """Give each mistake that `parse` has found in a text with its line, from 1; None where it has none.

    A mistake at a key that is missing is on the line that begins its table.
    """
    lines: dict[str, int] = {}
    found: list[tuple[int | None, str]] = []
    for mistake in mistakes:
        if syntax := _SYNTAX.match(mistake):
            found.append((int(syntax[1]), mistake[syntax.end() :]))
        else:
            lines = lines or lines_of(text)
            found.append((_line(mistake, lines), mistake))
    return found


def lines_of(text: str) -> dict[str, int]:
    """Give the line on which each key of a TOML text begins, by its path as mistakes spell it.

    A line is what it takes for its key to be there when all before it is read: so it is right for
    every way to write a table, a list or a text over many lines.
    """
    lines: dict[str, int] = {}
    begins, read = 1, ""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        read += line + "\n"
        if begins == number and _is_blank(line):
            begins = number + 1
        elif (known := loaded(read)) is not None:
            for path in _paths(known):
                lines.setdefault(path, begins)
            begins = number + 1
    return lines


def loaded(text: str) -> dict[str, object] | None:
    """Read TOML; None for what is none, such as the beginning of a text that ends within a value."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _paths(values: dict[str, object], place: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{place}{key if _BARE.fullmatch(key) else shown(key)}"
        yield path
        for spelled, table in _tables(path, value):
            yield spelled
            yield from _paths(table, f"{spelled}.")


def _tables(path: str, value: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Give the tables at a path: mistakes call a lone one the first, and the first one a lone one."""
    items = value if isinstance(value, list) else [value]
    for number, item in enumerate(items, 1):
        if isinstance(item, dict):
            yield f"{path}[{number}]", item
            if number == 1:
                yield path, item


def _is_at(mistake: str, path: str) -> bool:
    return mistake.startswith((f"{path}:", f"{path} of ", f"{path}[", f"{path}."))


def _line(mistake: str, lines: Mapping[str, int]) -> int | None:
    paths = [path for path in lines if _is_at(mistake, path)]
    return lines[max(paths, key=len)] if paths else None

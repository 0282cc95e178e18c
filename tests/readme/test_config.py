import re
from typing import NamedTuple

import pytest

from budget_alert.config.reading import parse
from tests.readme.pages import blocks, code, page, table
from tests.support.configs import BALANCE, DIGEST, GOOD, TABLES, mistakes, without
from tests.support.tools import ROOT

CONFIG = page("config")
WHOLE, *PARTS = re.split(r"^## (?:Each|The) `\[+(\w+)\]+`", CONFIG, flags=re.MULTILINE)
GIVEN = TABLES | {"balance": BALANCE + 'runway = "3d"\n', "digest": f'{DIGEST}at = "07:30"\n'}
"""A good config of each kind of table, in which each key that is required goes without another's help."""


class Row(NamedTuple):
    """A row of a table of keys; `kind` is the table of a config that it is about, "" the whole config."""

    kind: str
    key: str
    value: str
    default: str

    @property
    def values(self) -> list[str]:
        """The values that are shown as right."""
        return [value for value in code(self.value) if not re.fullmatch(r"\[+[a-z]+\]+", value)]

    @property
    def good(self) -> str:
        """A good config of the period that the row is about."""
        start = GIVEN[self.kind or "budget"]
        period = '"week"' if " week" in self.value else '"24h"' if "rolling" in self.value else '"month"'
        return start.replace('"month"', period)

    def having(self, value: str) -> str:
        """Give a good config in which the key has a value."""
        lines = without(f"{self.key} ", self.good).splitlines()
        place = len(lines) if self.kind else 0
        return "\n".join([*lines[:place], f"{self.key} = {value}", *lines[place:]])


def rows(kind: str, text: str) -> list[Row]:
    """Return the rows of the table of keys in a part of the page."""
    return [Row(kind, code(key)[0], value, default) for key, value, default, _ in table(text, "Key")]


ROWS = [
    *rows("", WHOLE),
    *(row for kind, text in zip(PARTS[::2], PARTS[1::2], strict=True) for row in rows(kind, text)),
]
EXAMPLES = [*blocks("toml"), (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")]


def known(text: str) -> list[str]:
    """Return the keys that the parser names as known where it meets the key `zzz` of a config."""
    (said,) = mistakes(text)
    return said.rpartition("the keys known here are ")[2].split(", ")


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_can_be_used(text: str) -> None:
    """Each config shown, and the example file, is one that the function takes."""
    parse(text)


@pytest.mark.parametrize("kind", ["", *TABLES])
def test_the_tables_have_the_keys_that_the_parser_knows(kind: str) -> None:
    """In the order in which the parser names them, with nothing added."""
    named = dict.fromkeys(row.key for row in ROWS if row.kind == kind)
    assert list(named) == known(f"{TABLES[kind]}zzz = 1\n" if kind else f"zzz = 1\n{GOOD}")


@pytest.mark.parametrize(("row", "value"), [(row, value) for row in ROWS for value in row.values])
def test_the_values_that_are_shown_are_taken(row: Row, value: str) -> None:
    """A value in the tables is right where it is said to stand."""
    parse(row.having(value))


@pytest.mark.parametrize("row", [row for row in ROWS if code(row.default)])
def test_each_default_is_what_an_absent_key_means(row: Row) -> None:
    """To write a default down changes nothing, and another value would."""
    (default,) = code(row.default)
    other = next(value for value in row.values if value != default)
    absent = parse(without(f"{row.key} ", row.good))
    assert parse(row.having(default)) == absent != parse(row.having(other))


@pytest.mark.parametrize("row", ROWS)
def test_what_is_required_is_said_to_be(row: Row) -> None:
    """A config that lacks a required key is refused, one that lacks another is taken."""
    text = without(f"{row.key} ", row.good)
    if row.default == "required":
        assert mistakes(text)
    else:
        parse(text)


def test_the_mistakes_are_named_in_these_words() -> None:
    """The lines that the README promises for two mistakes are those that the parser says."""
    config = GOOD.replace('"A"', '"Everything"')
    bullet = next(one for one in CONFIG.split("\n- ") if "gets:" in one).partition("gets:")[0]
    wrong, *more = [span for span in code(bullet) if "=" in span]
    text = config.replace('period = "month"', "\n".join([wrong, *more]))
    assert blocks("text", CONFIG)[0].splitlines() == list(mistakes(text))

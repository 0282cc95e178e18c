import pytest

from budget_alert.config.budgets import parse
from tests.configs import GOOD, mistakes, without
from tests.readme.pages import blocks, code, section, table
from tests.services.tools import ROOT

CONFIG = section("## Config")
WHOLE, BUDGET = (table(part, "Key") for part in CONFIG.split("For each `[[budget]]`"))
ROWS = [*WHOLE, *BUDGET]
EXAMPLES = [*blocks("toml"), (ROOT / "infra" / "budgets.toml").read_text(encoding="utf-8")]
VALUES = [(row, value) for row in ROWS for value in code(row[1]) if value != "[[budget]]"]


def named(rows: list[list[str]]) -> list[str]:
    """Return the keys of a table, each once."""
    return list(dict.fromkeys(code(row[0])[0] for row in rows))


def known(text: str) -> list[str]:
    """Return the keys that the parser names as known where it meets the key `zzz` of a config."""
    (said,) = mistakes(text)
    return said.rpartition("the keys known here are ")[2].split(", ")


def good(row: list[str]) -> str:
    """Return a good config of the period that a row is about."""
    return GOOD.replace('"month"', '"week"') if " week" in row[1] else GOOD


def with_value(row: list[str], value: str) -> str:
    """Return a good config in which the key of a row has a value."""
    (key,) = code(row[0])
    lines = [line for line in good(row).splitlines() if line.split()[0] != key]
    place = 0 if row in WHOLE else len(lines)
    return "\n".join([*lines[:place], f"{key} = {value}", *lines[place:]])


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_can_be_used(text: str) -> None:
    """Each config shown, and the example file, is one that the function takes."""
    assert parse(text).budgets


def test_the_tables_have_the_keys_that_the_parser_knows() -> None:
    """In the order in which the parser names them, with nothing added."""
    assert named(WHOLE) == known("zzz = 1\n" + GOOD)
    assert named(BUDGET) == known(GOOD + "zzz = 1\n")


@pytest.mark.parametrize(("row", "value"), VALUES)
def test_the_values_that_are_shown_are_taken(row: list[str], value: str) -> None:
    """A value in the tables is right where it is said to stand."""
    assert parse(with_value(row, value)).budgets


@pytest.mark.parametrize("row", [row for row in ROWS if code(row[2])])
def test_each_default_is_what_an_absent_key_means(row: list[str]) -> None:
    """To write a default down changes nothing, and another value would."""
    (default,) = code(row[2])
    other = next(value for value in code(row[1]) if value != default)
    assert parse(with_value(row, default)) == parse(good(row)) != parse(with_value(row, other))


@pytest.mark.parametrize("row", ROWS)
def test_what_is_required_is_said_to_be(row: list[str]) -> None:
    """A config that lacks a required key is refused, one that lacks another is taken."""
    (key,) = code(row[0])
    text = "" if key == "budget" else without(key)
    if row[2] == "required":
        assert mistakes(text)
    else:
        assert parse(text).budgets


def test_what_is_not_supported_yet_is_refused_as_such() -> None:
    """The keys, rules and periods that the README says are not supported yet are told to be just that."""
    (line,) = (one for one in CONFIG.split("\n- ") if one.startswith("Not supported yet"))
    spans = code(line)
    assert spans == ["forecast_at", "[[spike]]", "[[query]]", "[[balance]]", "[digest]", '"billing"']
    for span in spans:
        (said,) = mistakes(_asking_for(span))
        assert "is not supported yet by this version" in said


def test_the_size_that_is_allowed_is_the_parsers() -> None:
    """A config of the size that the README allows is taken, and one byte more is not."""
    assert "at most 8 KB" in CONFIG
    padding = "#" * (8 * 1024 - len(GOOD))
    assert parse(GOOD + padding).budgets
    assert mistakes(GOOD + padding + "#")


def test_the_mistakes_are_told_in_these_words() -> None:
    """The lines that the README promises for two mistakes are those that the parser says."""
    config = GOOD.replace('"A"', '"Everything"')
    bullet = next(one for one in CONFIG.split("\n- ") if "gets:" in one)
    wrong, *more = [span for span in code(bullet) if "=" in span]
    text = config.replace('period = "month"', "\n".join([wrong, *more]))
    assert blocks("text", CONFIG)[0].splitlines() == list(mistakes(text))


def _asking_for(span: str) -> str:
    if span == '"billing"':
        return GOOD.replace('"month"', span)
    if span.startswith("["):
        return f"{GOOD}{span}\n"
    return f'{GOOD}{span} = ["100%"]\n'

"""What the pages show of the command line: its commands and their options exist."""

import re

import pytest

from poe_budget.cli.app import SUMMARIES, program
from tests.readme.pages import code, page, prose, shell, table

LINES = [line for line in [*shell(), *code(prose())] if line.startswith("poe-budget ")]


def test_every_command_has_a_row() -> None:
    """The table has the commands that the program has."""
    rows = table(page("command-line"), "Command")
    assert sorted(code(row[0])[0].removeprefix("poe-budget ") for row in rows) == sorted(SUMMARIES)


@pytest.mark.parametrize("line", LINES)
def test_the_commands_shown_exist(line: str) -> None:
    """Every command and every option of it is known."""
    _, command, *rest = re.split(r" > ", line)[0].split()
    known = {name for each in program.load(command).params for name in each.opts}
    assert {word for word in rest if word.startswith("--")} <= known | {"--help"}

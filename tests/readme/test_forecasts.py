import re

import pytest

from lab.evaluation.__main__ import CALIBRATED, main
from lab.evaluation.suites import suites
from tests.readme.pages import section, table

pytestmark = pytest.mark.no_cover  # measured, these would take twice as long
FORECASTS = section("## How good the forecasts are")
ROWS = table(FORECASTS, "Windows of")
BINS = table(FORECASTS, "Chance")
MONTHS = 1
"""The place of the suite that a sentence below the tables is about."""
NAMES = [row[0] for row in ROWS]
SAID = " ".join(FORECASTS.split())


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Give the names of all suites that the command replays, in its order."""
    return [suite.name for suite in suites()]


def printed(name: str, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], list[list[str]]]:
    """Return what the command prints of one suite: its row, and its calibration."""
    assert main(["--markdown"], [suite for suite in suites() if suite.name == name]) == 0
    comparison, calibration = re.split(r"Calibration of [^:]+:", capsys.readouterr().out)
    (row,) = table(comparison, "Windows of")
    return row, table(calibration, "Chance")


def test_every_suite_has_its_row(names: list[str]) -> None:
    """The table has all that the command replays, in its order."""
    assert names == NAMES


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_the_tables_are_what_the_evaluation_prints(place: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Every number of the section's tables comes from the command that it names."""
    row, bins = printed(NAMES[place], capsys)
    assert ROWS[place] == row
    if place < CALIBRATED:
        first = 1 + 2 * place
        assert [[one[0], *one[first : first + 2]] for one in BINS] == [[one[0], *one[2:]] for one in bins]
    if place == MONTHS:
        assert f"what it calls {bins[6][1]} comes true in {bins[6][2]}" in SAID


def test_a_sentence_says_what_the_table_says() -> None:
    """How many weeks passed without a forecast is what the recall leaves."""
    recall = float(ROWS[0][4].split(" / ")[0])
    assert f"{1 - recall:.0%}".replace("%", " %") + " of the weeks that passed" in SAID

import pytest

from lab.evaluation.__main__ import CALIBRATED, main
from lab.evaluation.histories import suites
from tests.readme.pages import documented, table

SCORES, ALERTS, BINS = (documented(head) for head in ("Windows of", "Alerts in", "Chance"))
NAMES = [row[0] for row in SCORES]


def test_every_suite_has_its_row() -> None:
    """The tables have all that the command replays, in its order."""
    assert [suite.name for suite in suites()] == NAMES == [row[0] for row in ALERTS]


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_the_tables_are_what_the_evaluation_prints(place: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Every number of the docs' tables comes from the command that it names."""
    assert main([], [suites()[place]]) == 0
    printed = capsys.readouterr().out
    assert table(printed, "Windows of") == [SCORES[place]]
    assert table(printed, "Alerts in") == [ALERTS[place]]
    if place < CALIBRATED:
        first = 1 + 2 * place
        shown = [[row[0], *row[first : first + 2]] for row in BINS]
        assert shown == table(printed, "Chance")

import pytest

from lab.evaluation.__main__ import main
from lab.evaluation.trials import trials
from tests.readme.pages import documented, table

ROWS = documented("Config")
QUICK = 2
"""The others make suggestions, some for ten months, which takes minutes: only their names are compared."""


def test_every_trial_has_its_row() -> None:
    """The table has all that the command tries, in its order."""
    assert [row[:2] for row in ROWS] == [[trial.name, trial.over] for trial in trials()]


@pytest.mark.parametrize("place", range(QUICK))
def test_the_table_is_what_the_evaluation_prints(place: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Every number of these rows comes from the command that the docs name."""
    assert main([], tried=[trials()[place]]) == 0
    assert table(capsys.readouterr().out, "Config") == [ROWS[place]]


def test_the_aims_are_met_in_months_that_were_not_seen() -> None:
    """Of eight alerts a month: one incident of seven missed, a fifth spent, three messages, at most."""
    missed_of, messages, spent = ROWS[-1][3:6]
    missed, incidents = map(int, missed_of.split(" of "))
    assert missed * 7 <= incidents
    assert float(messages) <= 3
    assert int(spent.removesuffix(" %")) <= 20

import pytest

from budget_ops.evaluation.__main__ import main
from budget_ops.evaluation.histories import History
from budget_ops.evaluation.scores import Scores
from budget_ops.evaluation.suites import Suite
from budget_ops.evaluation.tables import calibration, comparison

MADE = Suite(name="Even hours", histories=[History([1] * 400)], length=100, first=100, every=100, asked=20)


def scores(*chances: float, crossing: int | None) -> Scores:
    """Score one budget."""
    made = Scores()
    made.add(list(enumerate(chances)), crossing)
    return made


def test_comparison_sets_forecasters_beside_each_other() -> None:
    """A row has the scores of all of them, in their order; what does not exist is a dash."""
    results = {"ours": scores(0.1, 0.9, crossing=30), "theirs": scores(0.5, crossing=None)}
    written = comparison([(MADE, results)]).markdown()
    assert written.startswith("ours / theirs:\n\n| Windows of | Windows | Brier")
    row = written.splitlines()[-1]
    assert row == "| Even hours | 3 | 0.410 / 0.250 | 1.00 / - | 1.00 / - | 29 h / - |"


def test_long_leads_are_told_in_days() -> None:
    """From two days on a lead is in days."""
    row = comparison([(MADE, {"ours": scores(0.9, crossing=60)})]).rows[0]
    assert row[-1] == "2.5 d"


def test_calibration_has_ten_bins() -> None:
    """Each bin tells what was said, what came true and how often; an empty one tells nothing."""
    rows = calibration("made", scores(0.92, 0.98, 0.3, crossing=5)).rows
    assert len(rows) == 10
    assert rows[0] == ["0 to 10 %", "-", "-", "0"]
    assert rows[3] == ["30 to 40 %", "30 %", "100 %", "1"]
    assert rows[9] == ["90 to 100 %", "95 %", "100 %", "2"]


@pytest.mark.parametrize("arguments", [[], ["--markdown"]])
def test_command_prints_the_tables(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the comparison and the calibration, for a terminal or for the README."""
    assert main(arguments, [MADE]) == 0
    printed = capsys.readouterr().out
    assert "Even hours" in printed
    assert "forecast / run rate / 7-day mean" in printed
    assert "Calibration of Even hours" in printed
    assert ("| --- |" in printed) == bool(arguments)


def test_wrong_arguments_end_with_status_2() -> None:
    """An option that does not exist is refused."""
    with pytest.raises(SystemExit) as refused:
        main(["--nonsense"], [])
    assert refused.value.code == 2

import pytest

from budget_alert.instants import DAY
from lab.evaluation.__main__ import main
from lab.evaluation.histories import History
from lab.evaluation.scores import Scores
from lab.evaluation.suites import Suite
from lab.evaluation.tables import alerts, calibration, comparison
from lab.evaluation.trials import Past, Trial, example, part
from poe_budget.backtest.incidents import Quality
from poe_budget.backtest.sample import sample

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


def test_alerts_are_set_beside_each_other() -> None:
    """A row for each config and what it was tried on; what does not exist is a dash."""
    made = Trial(name="Made", over="nothing", config=example, pasts=tuple)
    found = Quality(time=14 * DAY, messages=5, about=3, incidents=2, spent=(0.25,))
    missed = Quality(time=7 * DAY, incidents=1)
    assert alerts([(made, found), (made, missed)]).rows == [
        ["Made", "nothing", "2.5", "2", "1", "3.0", "25 %", "1.0"],
        ["Made", "nothing", "0.0", "1", "1", "-", "-", "0.0"],
    ]


def test_command_tries_alerts(capsys: pytest.CaptureFixture[str]) -> None:
    """What is tried is replayed from its first day on, and nothing else is printed."""
    usage = part(sample(), 8, 16)
    past = Past(usage=usage, first=0, last=4, known=usage)
    made = Trial(name="The example", over="four days", config=example, pasts=lambda: [past])
    assert main(["--markdown"], tried=[made]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("| The example"))
    assert row.split(" | ")[1] == "four days"
    assert row.split(" | ")[3:5] == ["1", "0"]


def test_wrong_arguments_end_with_status_2() -> None:
    """An option that does not exist is refused."""
    with pytest.raises(SystemExit) as refused:
        main(["--nonsense"], [])
    assert refused.value.code == 2

import re

import pytest

from budget_ops.evaluation.__main__ import main
from tests.readme.pages import section, table

pytestmark = pytest.mark.no_cover  # measured, this would take twice as long
FORECASTS = section("## How good the forecasts are")


def test_the_tables_are_what_the_evaluation_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Every number of the section's tables, and those in its sentences, come from the command it names."""
    assert main(["--markdown"]) == 0
    printed = capsys.readouterr().out
    by_suite = [table(part, first) for part, first in _parts(printed)]
    assert table(FORECASTS, "Windows of") == by_suite[0]
    weeks, months = by_suite[1:]
    both = [[one[0], *one[2:], *other[2:]] for one, other in zip(weeks, months, strict=True)]
    assert table(FORECASTS, "Chance") == both
    words = " ".join(FORECASTS.split())
    recall = float(by_suite[0][0][4].split(" / ")[0])
    assert f"{1 - recall:.0%}".replace("%", " %") + " of the weeks that passed" in words
    assert f"what it calls {months[6][1]} comes true in {months[6][2]}" in words


def _parts(printed: str) -> list[tuple[str, str]]:
    comparison, *calibrations = re.split(r"Calibration of [^:]+:", printed)
    return [(comparison, "Windows of"), *((one, "Chance") for one in calibrations)]

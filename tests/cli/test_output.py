import re
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from poe_budget.output import progress
from tests.cli.running import hourly, run, served

FOLDER = Path(__file__).parent
TERMINAL = {"FORCE_COLOR": "1", "COLUMNS": "120"}


def test_progress_shows_on_a_terminal_and_leaves_the_result_alone() -> None:
    """Where stderr is a terminal it says how far the reading came; stdout holds the result as ever."""
    with served(hourly(600)) as environ:
        plain = run("export", "--by", "type", **environ)
        seen = run("export", "--by", "type", **environ, **TERMINAL)
    assert plain.err == ""
    assert "600 entries read, back to" in seen.err
    assert seen.out == plain.out


def test_a_pause_is_said_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for Poe reads for how long, and is not kept waiting without a reason."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    for name, value in TERMINAL.items():
        monkeypatch.setenv(name, value)
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), progress("Reading") as reporter:
        reporter.wait(60)
    assert waited == [60]
    assert "Poe wants a pause: going on in 60 seconds" in err.getvalue()
    assert out.getvalue() == ""


def test_every_transcript_belongs_to_a_test() -> None:
    """A file beside the tests whose test is gone, or has another name, is gone too."""
    tests = "".join(file.read_text(encoding="utf-8") for file in FOLDER.rglob("test_*.py"))
    names = set(re.findall(r"^def test_(\w+)\(", tests, re.MULTILINE))
    assert {file.stem for file in FOLDER.glob("**/transcripts/*.txt")} <= names

import re

import pytest

from lab.replaying import main


def test_the_benchmark_says_how_long_a_replay_takes_and_where_the_time_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ticks, entries, a ratio and a profile."""
    assert main(["--one-in", "400", "--hours", "48"]) == 0
    said, heading, columns, *lines = capsys.readouterr().out.splitlines()
    assert re.match(r"577 ticks over \d+ entries: \d+\.\d s, \d+ times as long as adding them up", said)
    assert heading.startswith("Where the time goes")
    assert "tottime" in columns
    assert len(lines) == 15

"""What tests of the command line share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.monitor import Monitor, monitored
from tests.cli.running import Transcript

REWRITES = "REWRITE_TRANSCRIPTS" in os.environ


@pytest.fixture
def transcript(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transcript]:
    """Give a transcript that has to be equal to the text file beside the test, which has the test's name.

    `REWRITE_TRANSCRIPTS=1 .venv/bin/python -m pytest tests/cli` writes all of them anew.
    """
    made = Transcript(tmp_path)
    yield made
    file = request.path.parent / "transcripts" / f"{request.node.name.removeprefix('test_')}.txt"
    if made.text and REWRITES:
        file.parent.mkdir(exist_ok=True)
        file.write_text(made.text, encoding="utf-8")
    if made.text:
        assert made.text == file.read_text(encoding="utf-8")


@pytest.fixture
def monitor(tmp_path: Path, transcript: Transcript) -> Iterator[Monitor]:
    """Give a stack that was just deployed."""
    with monitored(tmp_path, transcript) as stack:
        yield stack

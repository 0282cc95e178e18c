"""What tests of the command line share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.watched import Watched, watched


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watched]:
    """Give a stack that was just deployed."""
    with watched(tmp_path) as stack:
        yield stack

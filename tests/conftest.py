"""What every test runs under."""

import os
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.quick", "tests.support.secrecy", "tests.support.fixtures"]

# A machine under load is slow, not wrong: only the length of a search is bounded, never its time.
settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")
# Elsewhere the same laws are searched at length: here it is about another Python.
settings.register_profile("few", parent=settings(), max_examples=20)
LONGEST = (
    "e2e/",
    "promises/test_faults",
    "promises/test_crashes",
    "promises/test_comings",
    "readme/test_forecasts",
    "readme/test_alerts",
    "readme/test_picture",
    "cli/suggest/",
    "promises/",
    "lab/",
)
"""What takes longest begins first, so that all workers end together."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker of the end-to-end tests known."""
    config.addinivalue_line("markers", "e2e: builds and deploys the stack; `-m 'not e2e'` spares the wait")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Take one worker more than there are processors: who deploys waits for servers most of the time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """End where each worker would deploy for itself: versions that do not fit together lose the groups."""
    deploys = [one for one in ids if one.startswith("tests/e2e/")]
    if node.config.option.dist == "loadgroup" and not all("@e2e" in one for one in deploys):
        pytest.exit("pytest-xdist loses its groups: install what pyproject.toml asks for", returncode=4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(
        key=lambda item: next(
            (place for place, name in enumerate(LONGEST) if f"tests/{name}" in item.path.as_posix()),
            len(LONGEST),
        )
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted: how many cases a promise was tried on."""
    for report in terminalreporter.getreports("passed"):
        for what, number in getattr(report, "user_properties", ()):
            terminalreporter.write_line(f"{number:,} {what}, nothing lost")

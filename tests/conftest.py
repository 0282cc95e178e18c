"""What every test runs under."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.quick", "tests.support.secrecy", "tests.support.fixtures"]

# A machine under load is slow, not wrong: only the length of a search is bounded, never its time.
settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker of the end-to-end tests known."""
    config.addinivalue_line("markers", "e2e: builds and deploys the stack; `-m 'not e2e'` spares the wait")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted: how many cases a promise was tried on."""
    for report in terminalreporter.getreports("passed"):
        for what, number in getattr(report, "user_properties", ()):
            terminalreporter.write_line(f"{number:,} {what}, nothing lost")

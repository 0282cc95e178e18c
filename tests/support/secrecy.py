"""A plugin that fails every test in whose output a secret can be read."""

from collections.abc import Generator

import pytest

SECRETS = ("poe-key-that-nobody-may-see", "that-nobody-may-see", "B0000/loopback-webhook")
"""The API key and the webhook's path of every deployment that the tests make in one process."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look for secrets in what a test has printed and logged, the function's own lines among it."""
    report = yield
    output = "".join(text for _, text in report.sections)
    if report.passed and any(secret in output for secret in SECRETS):
        report.outcome = "failed"
        report.longrepr = "a secret stands in the output of this test, and so in the function's log"
    return report

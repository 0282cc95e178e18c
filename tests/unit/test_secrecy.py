import pytest

from tests.support.secrecy import SECRETS, pytest_runtest_makereport


def reported(printed: str) -> pytest.TestReport:
    """Give the report of a passed test that has printed something."""
    report = pytest.TestReport(
        nodeid="test",
        location=("test.py", 1, "test"),
        keywords={},
        outcome="passed",
        longrepr=None,
        when="call",
        sections=[("Captured stdout call", printed)],
    )
    hook = pytest_runtest_makereport()
    next(hook)
    with pytest.raises(StopIteration) as stopped:
        hook.send(report)
    final = stopped.value.value
    assert isinstance(final, pytest.TestReport)
    return final


@pytest.mark.parametrize("secret", SECRETS)
def test_a_test_whose_output_holds_a_secret_fails(secret: str) -> None:
    """The check of all output of the tests sees what it is there to see, and does not repeat it."""
    report = reported(f"told: {secret}")
    assert report.failed
    assert secret not in str(report.longrepr)


def test_other_output_is_let_pass() -> None:
    """A test that prints no secret passes."""
    assert reported("told: nothing").passed

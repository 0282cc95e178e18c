import re
from typing import Any

import pytest

from budget_alert import errors
from budget_alert.channels.signs import SIGNS
from budget_alert.messages.alerts import Alert, Reason, Severity
from budget_alert.policy.health import BEGINS, ENDS
from tests.readme.pages import code, section, table
from tests.telling import alert, standing, told, welcome

MESSAGES = section("## What each message means")
TOLD = [row[0] for row in table(MESSAGES, "It says")]
TROUBLES = table(MESSAGES, "It begins")
RAISED = [name for row in table(MESSAGES, "Error") for name in code(row[0])]
# A tick ends well in spite of these: they are told, or left to the tick that won.
NEVER_RAISED = {"ConfigError", "ChannelRefusedError", "LostRaceError"}


def about(points: int = 820_000, *, complete: bool = True, **more: Any) -> Alert:
    """Return an alert about the budget "Everything"."""
    return alert(standing(points=points, complete=complete), **more)


SENT = [
    welcome(standing()),
    welcome(standing(complete=False), complete=False),
    about(),
    about(1_040_000, severity=Severity.CRITICAL),
    about(complete=False),
    about(reason=Reason.REPEATED),
    about(reason=Reason.ALREADY, severity=Severity.INFO),
]


def test_the_headlines_are_those_that_are_sent() -> None:
    """Each row quotes the first line of a message as the function composes it, in this order."""
    assert [told(one).title for one in SENT] == TOLD


def test_the_signs_are_those_that_slack_shows() -> None:
    """Each severity stands beside the sign that Slack's message begins with."""
    found = dict(re.findall(r"(🔴|🟡|🔵) (\w+)", MESSAGES))
    assert found == {sign: severity for severity, sign in SIGNS.items()}


def test_the_troubles_are_those_that_are_told() -> None:
    """Each trouble of the watch stands with the words that begin it and the words that end it."""
    assert {row[0]: row[2] for row in TROUBLES} == {BEGINS[name]: ENDS[name] for name in BEGINS}


@pytest.mark.parametrize("row", TROUBLES)
def test_each_trouble_has_a_remedy(row: list[str]) -> None:
    """No trouble is named without what to do about it."""
    assert row[1].endswith(".")


def test_the_errors_are_those_that_a_tick_raises() -> None:
    """Each error that can end a tick has a row, and no other error has."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, errors.BudgetAlertError)]
    most_exact = {kind.__name__ for kind in ours if not kind.__subclasses__()}
    assert set(RAISED) == {*most_exact, "LedgerError"} - NEVER_RAISED
    assert len(RAISED) == len(set(RAISED))

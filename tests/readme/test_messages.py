import re
from datetime import timedelta
from typing import Any

from budget_alert import errors
from budget_alert.alerts import Alert, Reason, Severity
from budget_alert.channels.markup import SIGNS
from budget_alert.rules.members import roster_alert
from budget_alert.rules.troubles import Trouble
from budget_alert.usage.roster import Member, Roster
from tests.readme.pages import code, page, table
from tests.support.made_messages import (
    COUNTED,
    NOVEMBER,
    alert,
    composed,
    costly,
    digest,
    expected,
    low,
    spike,
    spiked,
    standing,
    summed,
    welcome,
)

MESSAGES = page("messages")
SAID = [row[0] for row in table(MESSAGES, "It says")]
TROUBLES = table(MESSAGES, "It begins")
RAISED = [name for row in table(MESSAGES, "Error") for name in code(row[0])]
# A tick ends well in spite of these: they are sent, or left to the tick that won.
NEVER_RAISED = {
    "ClickRefusedError",
    "ConfigError",
    "ChannelRefusedError",
    "LostRaceError",
    "ChannelUnsureError",
}


BOTH = {name: Member(since=COUNTED) for name in ("production", "research")}
GONE_ONE = {**BOTH, "production": Member(since=COUNTED, left_at=COUNTED)}
LEFT = roster_alert(
    Roster(several=True, members=BOTH), Roster(several=True, members=GONE_ONE), "UTC", COUNTED
)
assert LEFT
OVER: dict[str, Any] = {"severity": Severity.CRITICAL}
ALONE: dict[str, Any] = {"next_grant": None, "grant": None}
SENT: list[Alert | tuple[Alert, ...]] = [
    welcome(standing()),
    welcome(standing(complete=False), complete=False),
    alert(standing()),
    alert(standing(points=1_040_000), **OVER),
    alert(standing(points=1_040_000), counted_at=NOVEMBER.end, **OVER),
    alert(standing(complete=False)),
    alert(standing(), reason=Reason.REPEATED),
    alert(standing(rule="Every key", value="ci-nightly")),
    alert(standing(), reason=Reason.ALREADY, severity=Severity.INFO),
    expected(),
    spiked(spike()),
    costly(bot="Claude-Opus-4.5", usage_type="API"),
    tuple(costly(50_000 + 1_000 * number, number) for number in range(12)),
    low(pace=6_000, lasts=None, **ALONE),
    low(pace=6_000, lasts=timedelta(days=2), below=None, runway=timedelta(days=3), **ALONE),
    summed(digest(before=14_100)),
    LEFT,
]


def test_the_headlines_are_those_that_are_sent() -> None:
    """Each row quotes the first line of a message as the function composes it, in this order."""
    assert [composed(*(one if isinstance(one, tuple) else (one,))).title for one in SENT] == SAID


def test_the_signs_are_those_that_slack_shows() -> None:
    """Each severity stands beside the sign that Slack's message begins with."""
    found = dict(re.findall(r"(🔴|🟡|🔵) (\w+)", MESSAGES))
    assert found == {sign: severity for severity, sign in SIGNS.items()}


def test_the_troubles_are_those_that_are_sent() -> None:
    """Each trouble stands with the words that begin it and the words that end it."""
    assert [(row[0], row[2]) for row in TROUBLES] == [(one.begins, one.ends) for one in Trouble]


def test_the_errors_are_those_that_a_tick_raises() -> None:
    """Each error that can end a tick has a row, and no other error has."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, errors.BudgetAlertError)]
    most_exact = {kind.__name__ for kind in ours if not kind.__subclasses__()}
    assert set(RAISED) == {*most_exact, "LedgerError"} - NEVER_RAISED
    assert len(RAISED) == len(set(RAISED))

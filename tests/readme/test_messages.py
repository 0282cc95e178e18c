import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from budget_alert import errors
from budget_alert.alerts import Alert, Balance, Digest, Kind, Reason, Severity, Spike
from budget_alert.channels.markup import SIGNS
from budget_alert.config.periods import Window
from budget_alert.instants import to_micros
from budget_alert.outlook.foreseen import Forecast
from budget_alert.rules.members import roster_alert
from budget_alert.rules.troubles import Trouble
from budget_alert.usage.entries import Query
from budget_alert.usage.roster import Member, Roster
from tests.readme.pages import code, page, table
from tests.support.telling import COUNTED, NOVEMBER, alert, standing, told, welcome

MESSAGES = page("messages")
TOLD = [row[0] for row in table(MESSAGES, "It says")]
TROUBLES = table(MESSAGES, "It begins")
RAISED = [name for row in table(MESSAGES, "Error") for name in code(row[0])]
# A tick ends well in spite of these: they are sent, or left to the tick that won.
NEVER_RAISED = {"ConfigError", "ChannelRefusedError", "LostRaceError", "ChannelUnsureError"}


def about(points: int = 820_000, *, complete: bool = True, **more: Any) -> Alert:
    """Return an alert about the budget "Everything"."""
    return alert(standing(points=points, complete=complete), **more)


def of(kind: Kind, **more: Any) -> Alert:
    """Return an alert of a rule that is not about one budget."""
    return alert(rule="Runaway script", kind=kind, **more)


MORNING = datetime(2026, 11, 26, 9, tzinfo=UTC)
GONE = Forecast(
    level=1_000_000,
    chance=0.82,
    expected=1_240_000,
    low=1_010_000,
    high=1_500_000,
    earliest=MORNING,
    latest=MORNING + timedelta(hours=12),
)
LAST_HOUR = Window(COUNTED - timedelta(hours=1), COUNTED)
SPIKE = Spike(window=LAST_HOUR, points=42_000, usual=5_000, times=Decimal(4), at_least=20_000)
SUNDAY = Window(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
DIGEST = Digest(every="day", window=SUNDAY, points=12_345, queries_count=9, before=14_100)


def query(points: int) -> Alert:
    """Return an alert of one query."""
    cost = Query(to_micros(COUNTED), f"q{points}", "Claude-Opus-4.5", "API", "", points)
    return of(Kind.QUERY, query=cost, threshold_points=50_000)


def left(**more: Any) -> Alert:
    """Return an alert of what is left."""
    return of(Kind.BALANCE, balance=Balance(points=12_345, pace=6_000, **more))


BOTH = {name: Member(since=COUNTED) for name in ("production", "research")}
GONE_ONE = {**BOTH, "production": Member(since=COUNTED, left_at=COUNTED)}
LEFT = roster_alert(
    Roster(several=True, members=BOTH), Roster(several=True, members=GONE_ONE), "UTC", COUNTED
)
assert LEFT
SENT: list[Alert | tuple[Alert, ...]] = [
    welcome(standing()),
    welcome(standing(complete=False), complete=False),
    about(),
    about(1_040_000, severity=Severity.CRITICAL),
    about(1_040_000, severity=Severity.CRITICAL, counted_at=NOVEMBER.end),
    about(complete=False),
    about(reason=Reason.REPEATED),
    about(reason=Reason.ALREADY, severity=Severity.INFO),
    about(kind=Kind.FORECAST, forecast=GONE, threshold="100%", threshold_points=1_000_000),
    of(Kind.SPIKE, spike=SPIKE),
    query(81_230),
    tuple(query(50_000 + 1_000 * number) for number in range(12)),
    left(below=100_000),
    left(runway=timedelta(days=3), lasts=timedelta(days=2)),
    of(Kind.DIGEST, digest=DIGEST),
    LEFT,
]


def test_the_headlines_are_those_that_are_sent() -> None:
    """Each row quotes the first line of a message as the function composes it, in this order."""
    assert [told(*(one if isinstance(one, tuple) else (one,))).title for one in SENT] == TOLD


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

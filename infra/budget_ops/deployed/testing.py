"""A test message through a stack's own channels: into the outbox, out of which the next tick sends it.

Only the function's role may publish to the topic, and nobody but the function needs to know the webhook. So a
test goes the way of every alert, and proves all of it.
"""

from uuid import uuid4

from budget_alert.accounting.state import State
from budget_alert.errors import LostRaceError
from budget_alert.ledger.outbox import Owed
from budget_alert.messages.alerts import Alert, Kind, Severity, Standing
from budget_alert.messages.sections import section
from budget_alert.policy.case import Case
from budget_alert.policy.claims import Claim
from budget_alert.policy.standings import present_standings
from budget_alert.telling import SLACK, TOPIC
from budget_ops.deployed.function import Deployed
from budget_ops.errors import OpsError

RULE = "test"
MARK = "TEST"
CHANNELS = (SLACK, TOPIC)
TRIES = 3
_NO_BUDGET = "The watch on your Poe points is on"
_ADVICE = "There is nothing to do: somebody tests the channels with poe-budget test-alert."


def made(case: Case, severity: Severity) -> Alert:
    """Make a test message of where the fullest budget stands.

    It is an alert of kind "health", the rule "test", its title marked.
    """
    standing = max(present_standings(case), key=lambda each: each.percent, default=None)
    return Alert(
        id=uuid4().hex[:16],
        rule=RULE,
        kind=Kind.HEALTH,
        severity=severity,
        zone=case.config.timezone,
        counted_at=case.now,
        standing=standing,
        text=f"{MARK}: {_headline(case, standing) if standing else _NO_BUDGET}",
        advice=_ADVICE,
    )


def posted(deployed: Deployed, state: State, alert: Alert) -> None:
    """Put an alert into the outbox, owed to every channel; raises OpsError, also where ticks keep it out."""
    ledger, known = deployed.ledger(), state
    with deployed.reading():
        for _ in range(TRIES):
            try:
                ledger.claim(known, Claim(others=(alert,)), CHANNELS, alert.counted_at)
            except LostRaceError:
                known = ledger.state() or known
            else:
                return
    raise OpsError("another tick wrote the ledger at each try; try again")


def outcome(deployed: Deployed, alert: Alert) -> Owed:
    """Read what became of an alert that was put into the outbox; raises OpsError."""
    with deployed.reading():
        return next(one for one in deployed.outbox().alerts(alert.counted_at) if one.alert.id == alert.id)


def _headline(case: Case, standing: Standing) -> str:
    """Say what an alert on the budget would say."""
    alert = Alert(
        id="",
        rule=standing.rule,
        kind=Kind.BUDGET,
        severity=Severity.INFO,
        zone=case.config.timezone,
        counted_at=case.now,
        standing=standing,
    )
    return section([alert]).headline

"""What a tick has read, as decisions take it."""

from datetime import timedelta
from typing import Any

from budget_alert.config.reading import InForce
from budget_alert.rules.gathered import Gathered
from budget_alert.rules.notified import Memory
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring
from budget_alert.snoozes import NO_SNOOZES
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.state import State
from tests.support.ledgers import NOW


def gathered(**read: Any) -> Gathered:
    """Give what a tick has read, nothing unless told otherwise."""
    now = read.get("now", NOW)
    state = read.get("state", State(started_at=now))
    memory = read.get("memory", Memory())
    fields: dict[str, Any] = {
        "scope": Scope(),
        "interval": timedelta(minutes=5),
        "now": now,
        "state": state,
        "memory": memory,
        "as_read": memory,
        "before": None,
        "in_force": InForce(None, None),
        "config": None,
        "secret": Keyring(),
        "no_secret": None,
        "scan": CombinedReading(state=state, now=now, accounts={}),
        "balance": None,
        "snoozes": NO_SNOOZES,
        "stored": {},
        "roster": None,
        "members": None,
        "left": {},
        "test": None,
    }
    return Gathered(**{**fields, **read})

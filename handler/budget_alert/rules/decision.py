"""What a tick will write and send: alerts, and the memory that they were sent."""

import msgspec

from budget_alert.alerts import Alert
from budget_alert.rules.notified import Memory, Notified
from budget_alert.rules.verdict import Verdict
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State


class Notice(msgspec.Struct, frozen=True):
    """What is remembered as notified under a key, and the alert that says it, if anything is to be sent.

    `verdicts` say what was found of each threshold, and are not written.
    """

    key: str
    notified: Notified
    alert: Alert | None = None
    verdicts: tuple[Verdict, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick writes before anything is sent: notices, other alerts, changed memory.

    `roster` is there where it has changed. `evaluated` says that every budget was evaluated up to now.
    `verdicts` say what was found of every threshold, and are not written.
    """

    notices: tuple[Notice, ...] = ()
    others: tuple[Alert, ...] = ()
    memory: Memory | None = None
    roster: Roster | None = None
    evaluated: bool = False
    verdicts: tuple[Verdict, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert of the decision."""
        return (*(notice.alert for notice in self.notices if notice.alert is not None), *self.others)

    def matters(self, state: State) -> bool:
        """Whether writing the decision changes anything."""
        changed = self.notices or self.others or self.memory or self.roster
        return bool(changed or (self.evaluated and state.unevaluated_from))

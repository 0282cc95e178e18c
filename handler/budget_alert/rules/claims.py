"""What a judgement writes before anything is sent: alerts, and the memory that they were told."""

import msgspec

from budget_alert.alerts import Alert, Standing
from budget_alert.rules.notified import Notes, Told
from budget_alert.usage.roster import Roster
from budget_alert.usage.state import State


class Step(msgspec.Struct, frozen=True):
    """What is remembered as told under a key, and the alert that tells it, if anything is to be told."""

    key: str
    told: Told
    alert: Alert | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick writes before anything is sent: what counts as told, other alerts, changed notes.

    `roster` is there where it has changed. `judged` says that every budget was judged up to now.
    """

    steps: tuple[Step, ...] = ()
    others: tuple[Alert, ...] = ()
    notes: Notes | None = None
    roster: Roster | None = None
    judged: bool = False

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Every alert of the claim."""
        return (*(step.alert for step in self.steps if step.alert is not None), *self.others)

    def matters(self, state: State) -> bool:
        """Whether writing the claim changes anything."""
        changed = self.steps or self.others or self.notes or self.roster
        return bool(changed or (self.judged and state.unjudged_from))


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written and told, and where every budget stands; nowhere, where nobody looked."""

    claim: Claim = Claim()
    standings: tuple[Standing, ...] = ()

"""All that a tick has read before it decides."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import Severity
from budget_alert.config.in_force import InForce
from budget_alert.config.schema import Config
from budget_alert.errors import ScanError, SecretError
from budget_alert.rules.notified import Memory
from budget_alert.rules.scope import Scope
from budget_alert.secret import Credentials, Keyring, Webhook
from budget_alert.usage.balance import PoeBalance
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.roster import Roster
from budget_alert.usage.scan import Scan
from budget_alert.usage.slots import Slots
from budget_alert.usage.state import State


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has read; `no_secret` says why there are no credentials.

    `watched` holds the rules of the tick's account, `config` those of every account. `balance` is what Poe
    says is left, or why it does not say; None where it was not asked. `roster` is who was monitored before,
    `members` who is now. `before` names the account that spoke for all up to now, where that changes, and
    `memory` is then what is taken over, `as_read` what was read. `left` are the states of accounts that have
    left and may still have alerts. `late` is by how much the tick's message came too late out of the queue,
    `interval` lies between two ticks. `test` is the severity of the test that was asked for, None where none
    was.
    """

    scope: Scope
    now: datetime
    interval: timedelta
    state: State
    memory: Memory
    as_read: Memory
    watched: InForce
    config: Config | None
    credentials: Credentials | Keyring | None
    no_secret: SecretError | None
    webhook: Webhook
    scan: Scan | CombinedReading
    balance: PoeBalance | ScanError | None
    stored: Slots
    roster: Roster | None
    members: Roster | None
    left: Mapping[str, State]
    before: str | None = None
    late: timedelta = timedelta(0)
    test: Severity | None = None

    @property
    def left_on_account(self) -> PoeBalance | None:
        """What Poe says is left; None where it was not asked or did not say."""
        return self.balance if isinstance(self.balance, PoeBalance) else None

    @property
    def nothing_asked(self) -> bool:
        """Whether the config is the one that was evaluated by before, and nobody asked for a test."""
        known = self.before is None and self.watched.text == self.memory.config
        return known and self.test is None

    @property
    def digests_elsewhere(self) -> bool:
        """Whether there is a digest of all together, be it sent by this tick's account or not."""
        return bool(self.config and self.config.digest and self.config.digest.together)

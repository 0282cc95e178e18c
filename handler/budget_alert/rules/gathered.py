"""All that a tick has read before it decides."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import ChannelTest
from budget_alert.config.reading import InForce
from budget_alert.config.schema import Config
from budget_alert.errors import ScanError, SecretError
from budget_alert.rules.evaluation import Evaluation, evaluation_of, is_quiet
from budget_alert.rules.notified import Memory
from budget_alert.rules.scope import Scope
from budget_alert.secret import Keyring
from budget_alert.snoozes import Snoozes
from budget_alert.usage.combined import CombinedReading
from budget_alert.usage.entries import PoeBalance
from budget_alert.usage.roster import Roster
from budget_alert.usage.scan import Scan
from budget_alert.usage.slots import Slots
from budget_alert.usage.state import State


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick has read; `no_secret` says why there is no key.

    `in_force` holds the rules of the tick's account, `config` those of every account. `balance` is what Poe
    says is left, or why it does not say; None where it was not asked. `roster` is who was monitored before,
    `members` who is now. `before` names the account that reported for all up to now, where that changes, and
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
    snoozes: Snoozes = Snoozes()
    in_force: InForce
    config: Config | None
    secret: Keyring
    no_secret: SecretError | None
    scan: Scan | CombinedReading
    balance: PoeBalance | ScanError | None
    stored: Slots
    roster: Roster | None
    members: Roster | None
    left: Mapping[str, State]
    before: str | None = None
    late: timedelta = timedelta(0)
    test: ChannelTest | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """The channels in Slack that rules have for themselves, of whatever account."""
        return self.config.channels if self.config else ()

    def to_evaluate(self, state: State) -> Evaluation | None:
        """Tell what is to be evaluated by the state that was recorded; None on a quiet tick.

        Without a config nothing is evaluated, and what is unevaluated stays so.
        """
        if self.in_force.config is None:
            return None
        balance = self.balance if isinstance(self.balance, PoeBalance) else None
        asked = evaluation_of(self.in_force.config, self.memory, state, self.now, balance, self.snoozes)
        is_known = self.before is None and self.in_force.text == self.memory.config
        if is_known and self.test is None and is_quiet(asked, self.state):
            return None
        digest = self.config.digest if self.config else None
        return msgspec.structs.replace(
            asked,
            unreadable=self.scan.unreadable,
            test=self.test,
            hushed=self.scope.hushed,
            digests_elsewhere=digest is not None and digest.together,
        )
